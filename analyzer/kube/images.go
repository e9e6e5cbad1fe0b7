package kube

import "strings"

// jvmImages are words of image names that stand for a program on the JVM, or
// for a JVM itself.
const jvmImages = " temurin openjdk corretto amazoncorretto jdk jre java zulu graalvm liberica semeru sapmachine" +
	" kafka elasticsearch opensearch cassandra zookeeper keycloak jenkins tomcat jetty wildfly jboss payara glassfish" +
	" spring springboot logstash solr neo4j spark flink trino presto hadoop hive hbase druid pinot pulsar activemq" +
	" artemis nifi sonarqube nexus3 gradle maven confluence jira bitbucket debezium hazelcast ignite storm" +
	" activemqartemis scala clojure groovy "

// notRuntime are words that make another program of a name: an exporter or an
// operator of Kafka is written in Go, a dashboard of OpenSearch runs on Node.
const notRuntime = " exporter operator controller reloader sidecar dashboard dashboards adapter webhook agent proxy" +
	" backup curator cli client plugin init cerebro gateway prometheus "

// nodeImages are words that stand for a program on Node.
const nodeImages = " nodejs kibana ghost n8n nextjs nestjs backstage "

// nodePublishers publish an image that is called just "node". Others of that
// name (calico/node, kindest/node) are something else.
const nodePublishers = " library bitnami bitnamilegacy chainguard circleci cimg docker-hub docker-library "

// imageSign tells a managed runtime from an image's name, and the word that
// shows it. Names say little: it is the weakest sign.
func imageSign(image string) (runtime, name string) {
	repository, tag := splitImage(image)
	path := strings.Split(strings.ToLower(repository), "/")
	last := path[len(path)-1]
	words := split(last)
	for _, w := range words {
		if in(notRuntime, w) {
			words = nil
			if strings.HasSuffix(last, "-dashboards") {
				return "node", last
			}
			break
		}
	}
	for _, w := range words {
		if w = versionless(w); in(jvmImages, w) {
			return "jvm", last
		} else if in(nodeImages, w) {
			return "node", last
		}
	}
	if strings.Contains(last, "schema-registry") {
		return "jvm", last
	}
	if last == "node" {
		publisher := ""
		if len(path) > 1 {
			publisher = path[len(path)-2]
		}
		if publisher == "" || in(nodePublishers, publisher) {
			return "node", last
		}
	}
	for _, w := range split(strings.ToLower(tag)) {
		switch w = versionless(w); w {
		case "jdk", "jre", "temurin", "openjdk", "corretto":
			return "jvm", w
		}
	}
	return "", ""
}

// splitImage cuts the digest off and the tag from the repository.
func splitImage(image string) (repository, tag string) {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i], image[i+1:]
	}
	return image, ""
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '+' })
}

// versionless is a word without the version that ends it: "java17", "jdk21".
// "nexus3" and "neo4j" are names of their own.
func versionless(w string) string {
	if w == "nexus3" {
		return w
	}
	return strings.TrimRight(w, "0123456789")
}

func in(list, word string) bool { return word != "" && strings.Contains(list, " "+word+" ") }
