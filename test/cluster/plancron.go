package cluster

import (
	"fmt"
	"time"
)

// keptRuns is how many finished runs a CronJob keeps, Kubernetes' default.
const keptRuns = 3

// cronRun is one past run of a CronJob.
type cronRun struct {
	job  string
	at   time.Time
	span span
}

// cronRuns lists the runs of a CronJob that began in the history and ended
// before its end, oldest first.
func cronRuns(s *Scenario, w *Workload, end time.Time) ([]cronRun, error) {
	sched, err := parseSchedule(w.Schedule)
	if err != nil {
		return nil, err
	}
	from := end.Add(-time.Duration(s.History.Length))
	if w.Age > 0 && time.Duration(w.Age) < time.Duration(s.History.Length) {
		from = end.Add(-time.Duration(w.Age))
	}
	var out []cronRun
	for _, at := range sched.between(from, end) {
		key := hash(s.Seed, w.ID(), "run", at.Format(time.RFC3339))
		begin := at.UnixMilli() + 2000 + int64(unit(key, 1)*4000)
		took := int64(float64(millis(w.RunFor)) * (0.8 + 0.4*unit(key, 2)))
		if begin+took >= end.UnixMilli() {
			continue
		}
		// The controller names a Job after the minute it was due.
		out = append(out, cronRun{
			job: fmt.Sprintf("%s-%d", w.Name, at.Unix()/60), at: at, span: span{begin, begin + took},
		})
	}
	return out, nil
}

// addCronJob adds the runs of a CronJob. The last ones are in the cluster, as
// finished Jobs; pods are theirs.
func (p *planner) addCronJob(w *Workload, pods []livePod) error {
	runs, err := cronRuns(p.s, w, time.UnixMilli(p.end).UTC())
	if err != nil {
		return err
	}
	live := make(map[string]livePod)
	for _, l := range pods {
		live[l.ownerName] = l
	}
	for i, run := range runs {
		key := hash(p.s.Seed, w.ID(), "run", run.job)
		var gone int64
		if i+keptRuns < len(runs) {
			gone = runs[i+keptRuns].span.to
		}
		p.plan.Jobs = append(p.plan.Jobs, JobRecord{
			Namespace: w.Namespace, Name: run.job, CronJob: w.Name, Created: run.at.UnixMilli(), Gone: gone,
		})
		rec := PodRecord{
			Namespace: w.Namespace, Name: run.job + "-" + generated(5, key), UID: madeUID(key),
			Node: p.goneNode(key), IP: fmt.Sprintf("10.0.213.%d", 1+int(unit(key, 6)*250)),
			Workload: w.ID(), OwnerKind: KindJob, OwnerName: run.job, FactorCPU: 1, FactorMemory: 1,
			Start: run.span.from, Stop: run.span.to, Gone: gone,
		}
		if l, ok := live[run.job]; ok {
			rec.Name, rec.UID, rec.Node, rec.IP, rec.Live = l.name, l.uid, l.node, l.ip, true
			rec.Gone = 0
		}
		p.addPod(rec)
	}
	return nil
}
