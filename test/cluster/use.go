package cluster

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"
)

const (
	dayMillis = int64(24 * time.Hour / time.Millisecond)
	// noiseMemory is the time over which usage noise is alike.
	noiseMemory = 5 * time.Minute
	// cfsPeriods is the number of CFS periods in a second.
	cfsPeriods = 10
)

// The reasons a container ended for.
const (
	reasonOOM       = "OOMKilled"
	reasonError     = "Error"
	reasonCompleted = "Completed"
)

// life describes one container of one pod for use: everything its usage depends
// on. Times are milliseconds since the epoch.
type life struct {
	usage     *Usage
	key       uint64 // of the container's random numbers
	factorCPU float64
	factorMem float64
	cpuLimit  float64 // cores, 0 is none
	memLimit  float64 // bytes, 0 is none
	start     int64
	// anchor is the instant at which trends are at their level.
	anchor int64
}

// point is what a kubelet says of a container at one scrape.
type point struct {
	rate       float64 // cores, the mean since the scrape before
	cpuSeconds float64
	workingSet float64
	rss        float64
	periods    float64
	throttled  float64
}

// restart is the end of one life of a container and the beginning of the next.
type restart struct {
	at     int64 // the instant it ended
	back   int64 // the instant it ran again
	reason string
}

// use walks through the life of a container, scrape by scrape.
type use struct {
	life
	rng       *rand.Rand
	born      int64 // start of the present life of the container
	last      int64 // time of the step before, or born
	noise     float64
	memNoise  float64
	nextCrash int64
	current   point
	restarts  []restart
}

func newUse(l life) *use {
	u := &use{life: l, rng: rand.New(rand.NewPCG(l.key, 0x9e3779b97f4a7c15))}
	u.noise, u.memNoise = u.rng.NormFloat64(), u.rng.NormFloat64()
	u.begin(l.start)
	return u
}

// begin starts a life at t: counters are zero.
func (u *use) begin(t int64) {
	u.born, u.last = t, t
	u.current = point{}
	if every := millis(u.usage.CrashEvery); every > 0 {
		u.nextCrash = t + int64(float64(every)*(0.5+u.rng.Float64()))
	}
}

// step moves on to t, which must not be before the last, and says what a scrape
// sees then; false means that the container is not running.
func (u *use) step(t int64) (point, bool) {
	if t <= u.last {
		return u.current, t > u.born
	}
	dt := float64(t-u.last) / 1000
	demand := u.demand(u.last, t, dt)
	rate := demand
	p := &u.current
	if u.cpuLimit > 0 {
		share := u.usage.Throttled
		if demand >= u.cpuLimit {
			rate = u.cpuLimit
			share += 0.1 + (demand-u.cpuLimit)/demand
		} else if x := demand / u.cpuLimit; x > 0.6 {
			share += 0.25 * (x - 0.6)
		}
		p.periods += math.Round(cfsPeriods * dt)
		p.throttled += math.Round(cfsPeriods * dt * math.Min(share, 0.98))
	}
	p.rate = rate
	p.cpuSeconds += rate * dt
	p.workingSet = math.Round(u.memory(t, dt))
	p.rss = math.Round(p.workingSet * (1 - u.usage.Memory.Cache))
	u.last = t

	switch {
	case u.memLimit > 0 && p.workingSet >= u.memLimit:
		u.end(t, reasonOOM)
		return point{}, false
	case u.nextCrash > 0 && t >= u.nextCrash:
		u.end(t, reasonError)
		return point{}, false
	}
	return *p, true
}

// end ends the present life at t; the next begins after a back-off.
func (u *use) end(t int64, reason string) {
	back := t + 10_000 + u.rng.Int64N(30_000)
	u.restarts = append(u.restarts, restart{at: t, back: back, reason: reason})
	u.begin(back)
}

// demand is the mean rate over (from, to] in cores that the container would use
// without a limit; dt is the same stretch in seconds.
func (u *use) demand(from, to int64, dt float64) float64 {
	c := &u.usage.CPU
	level := c.Level.Float()
	if start := c.Start; start != nil {
		begun := overlap(from, to, u.born, u.born+millis(start.For))
		level += (start.Level.Float() - level) * begun
	}
	rate := level * u.season(to, c.Daily, c.Weekend, c.Peak)
	if c.Noise > 0 {
		keep := math.Exp(-dt / noiseMemory.Seconds())
		u.noise = u.noise*keep + u.rng.NormFloat64()*math.Sqrt(1-keep*keep)
		n := (u.noise + u.rng.NormFloat64()) / math.Sqrt2
		rate *= math.Exp(c.Noise*n - c.Noise*c.Noise/2)
	}
	if c.Trend != 0 {
		rate *= math.Exp(c.Trend * float64(to-u.anchor) / float64(dayMillis))
	}
	if c.Bursts != nil {
		rate += c.Bursts.Level.Float() * u.burst(c.Bursts, from, to, 1)
	}
	return math.Max(rate*u.factorCPU, 0)
}

// memory is the working set at t in bytes.
func (u *use) memory(t int64, dt float64) float64 {
	m := &u.usage.Memory
	level := m.Level.Float() * u.season(t, m.Daily, 0, u.usage.CPU.Peak)
	age := t - u.born
	if growth := m.Growth.Float(); growth > 0 {
		level += growth * float64(age) / float64(dayMillis)
	}
	if m.Saw != nil {
		every := millis(m.Saw.Every)
		level += m.Saw.Level.Float() * float64(age%every) / float64(every)
	}
	if m.Bursts != nil {
		level += m.Bursts.Level.Float() * u.burst(m.Bursts, t-1, t, 2)
	}
	if warm := millis(m.Warm); age < warm {
		level *= 0.2 + 0.8*float64(age)/float64(warm)
	}
	if m.Noise > 0 {
		keep := math.Exp(-dt / noiseMemory.Seconds())
		u.memNoise = u.memNoise*keep + u.rng.NormFloat64()*math.Sqrt(1-keep*keep)
		level *= math.Max(0.1, 1+m.Noise*u.memNoise)
	}
	return level * u.factorMem
}

// season is the factor of the hour and the day of the week.
func (u *use) season(t int64, daily, weekend, peak float64) float64 {
	factor := 1.0
	if daily > 0 {
		if peak == 0 {
			peak = 14
		}
		hour := float64(t%dayMillis) / float64(dayMillis) * 24
		factor += daily * math.Cos((hour-peak)/24*2*math.Pi)
	}
	if weekend > 0 {
		// The epoch was a Thursday.
		if day := (t/dayMillis + 4) % 7; day == 0 || day == 6 {
			factor *= weekend
		}
	}
	return factor
}

// burst is the share of (from, to] that lies in a burst. Where in its slot a
// burst lies depends on the container and the slot alone.
func (u *use) burst(b *Burst, from, to int64, salt uint64) float64 {
	every, length := millis(b.Every), millis(b.For)
	var sum float64
	for slot := from / every; slot <= to/every; slot++ {
		begin := slot*every + int64(unit(u.key, salt, uint64(slot))*float64(every-length))
		sum += overlap(from, to, begin, begin+length)
	}
	return sum
}

// overlap is the share of (from, to] that lies in [a, b).
func overlap(from, to, a, b int64) float64 {
	common := min(to, b) - max(from, a)
	if common <= 0 || to <= from {
		return 0
	}
	return float64(common) / float64(to-from)
}

// unit mixes its arguments to a number in [0,1).
func unit(parts ...uint64) float64 {
	var h uint64 = 0x9e3779b97f4a7c15
	for _, p := range parts {
		h ^= p
		h ^= h >> 30
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 27
		h *= 0x94d049bb133111eb
		h ^= h >> 31
	}
	return float64(h>>11) / (1 << 53)
}

// hash mixes a seed and names to a key.
func hash(seed uint64, names ...string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for i := range b {
		b[i] = byte(seed >> (8 * i))
	}
	h.Write(b[:])
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

func millis(d Duration) int64 { return int64(time.Duration(d) / time.Millisecond) }
