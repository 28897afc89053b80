package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"yusuan/schemas"
)

// lossEvery is how often a listener looks whether events were lost.
const lossEvery = time.Second

// Listen has changed called with the entry of every change of any file, one call at a time, until ctx is done; it returns once it hears them.
// Where some may have been missed, since the connection was broken or changed was too slow, lost is called after it. Neither may call
// the Queue.
func (q *Queue) Listen(ctx context.Context, changed func(schemas.Entry), lost func()) error {
	connections := q.nc.Stats().Reconnects
	sub, err := q.nc.Subscribe(q.names.prefix+".events.*", func(msg *nats.Msg) {
		var e schemas.Entry
		if err := json.Unmarshal(msg.Data, &e); err != nil {
			q.lg.Debug("event is no ledger entry", zap.Error(err))
			return
		}
		changed(e)
	})
	if err == nil {
		if err = q.Ping(ctx); err != nil { // once it answers, it has the subscription
			_ = sub.Unsubscribe() // it is of no use
		}
	}
	if err != nil {
		return fmt.Errorf("listen for events: %w", err)
	}
	go q.watchLoss(ctx, sub, connections, lost)
	return nil
}

// watchLoss calls lost each time that events may have been lost, and ends the subscription once ctx is done.
func (q *Queue) watchLoss(ctx context.Context, sub *nats.Subscription, connections uint64, lost func()) {
	tick := time.NewTicker(lossEvery)
	defer tick.Stop()
	dropped := 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err := sub.Unsubscribe(); err != nil {
				q.lg.Debug("events not unsubscribed", zap.Error(err))
			}
			return
		}
		n, err := sub.Dropped()
		if now := q.nc.Stats().Reconnects; now != connections || err == nil && n != dropped {
			connections, dropped = now, n
			lost()
		}
	}
}
