package worker

import "time"

// Hasten has the tracker look for lost jobs after d without a change.
func (t *Tracker) Hasten(d time.Duration) { t.quiet = d }
