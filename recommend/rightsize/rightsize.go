// Package rightsize holds the strategies that size a container's requests and
// limits from its usage, one file each, side by side: the published ones of
// other tools under their own names, and trimtab's. They are pure functions
// of a recommend.Case; what binds their answers is recommend.Policy.
package rightsize
