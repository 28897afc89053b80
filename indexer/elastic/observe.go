package elastic

import "time"

// An Observer is told what passes between a Store and its server. Each function may be nil; they are called from many
// goroutines, and must return at once.
type Observer struct {
	Bulk func(took time.Duration) // a bulk request was answered, or was not
	// Busy: the server was too busy for a request, or for one document of a bulk, as its HTTP status says (429, 502, 503,
	// 504); 0 where it could not be reached.
	Busy     func(status int)
	Repeated func()              // a request is sent again
	Resent   func(documents int) // so many documents of a bulk are sent again
}

func (o Observer) bulk(took time.Duration) {
	if o.Bulk != nil {
		o.Bulk(took)
	}
}

func (o Observer) busy(status int) {
	if o.Busy != nil {
		o.Busy(status)
	}
}

func (o Observer) repeated() {
	if o.Repeated != nil {
		o.Repeated()
	}
}

func (o Observer) resent(documents int) {
	if o.Resent != nil {
		o.Resent(documents)
	}
}
