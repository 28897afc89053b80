package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A tab is a browser with one page open. It writes down what the browser complains of and what it loads.
type tab struct {
	t   *testing.T
	ctx context.Context

	waited int // seconds, see eachSecond

	mu         sync.Mutex
	complaints []string
	requests   map[network.RequestID]*loaded
}

// A loaded is one answer that the browser got.
type loaded struct {
	url   string
	bytes float64 // as sent, with the headers
}

// newTab opens a browser whose visitor reads this language.
func newTab(t *testing.T, lang string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(programs.chromium), chromedp.NoSandbox, chromedp.WindowSize(1440, 900),
		chromedp.Flag("accept-lang", lang), chromedp.Flag("lang", lang), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(patience))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	quiet := func(string, ...any) {} // it does not know every message of newer browsers
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, requests: map[network.RequestID]*loaded{}}
	chromedp.ListenTarget(ctx, b.hear)
	b.do("open a browser", network.Enable(), log.Enable(), runtime.Enable())
	t.Cleanup(func() {
		if t.Failed() {
			b.picture("failed")
		}
	})
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			b.complaints = append(b.complaints, fmt.Sprintf("%s %s", e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			b.complaints = append(b.complaints, strings.Join(said, " "))
		}
	case *network.EventRequestWillBeSent:
		b.requests[e.RequestID] = &loaded{url: e.Request.URL}
	case *network.EventLoadingFinished:
		if r := b.requests[e.RequestID]; r != nil {
			r.bytes = e.EncodedDataLength
		}
	}
}

// calm fails the test where the browser complained of anything: a script, a style or a request that was refused, an exception.
func (b *tab) calm() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
	b.complaints = nil
}

// forget forgets what was loaded so far, and the browser's cache.
func (b *tab) forget() {
	b.do("forget", network.ClearBrowserCache())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = map[network.RequestID]*loaded{}
}

// weight is what was loaded: how many answers, and their bytes.
func (b *tab) weight() (requests int, bytes float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if strings.HasPrefix(r.url, "http") {
			requests++
			bytes += r.bytes
		}
	}
	return requests, bytes
}

// do runs actions, which must succeed in time.
func (b *tab) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) error { // the browser lives as long as its own context
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return chromedp.Tasks(actions).Do(ctx)
	}))
	if err != nil {
		b.t.Fatalf("%s: %v (at %s)", what, err, b.location())
	}
}

func (b *tab) location() string {
	var at string
	_ = chromedp.Run(b.ctx, chromedp.Location(&at)) // for a message
	return at
}

// visit opens a page and waits until it is there.
func (b *tab) visit(url string) {
	b.t.Helper()
	b.do("visit "+url, chromedp.Navigate(url), chromedp.WaitReady("#main"))
}

// click clicks what the selector names, once it can be seen.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do("click "+selector, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// eval gives what an expression of JavaScript is; a promise is waited for.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	var v T
	b.do("evaluate", chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// evaluate runs a script.
func evaluate(script string) chromedp.Action { return chromedp.Evaluate(script, nil) }

// until waits until an expression is true.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	var last json.RawMessage
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(30 * time.Millisecond) {
		var yes bool
		err := chromedp.Run(b.ctx, chromedp.Evaluate("Boolean("+expression+")", &yes))
		if err == nil && yes {
			return
		}
		if err != nil {
			last = json.RawMessage(err.Error()) // a page on its way to another
		}
	}
	b.t.Fatalf("it never was so that %s: %s %s (at %s)", what, expression, last, b.location())
}

// eachSecond reports whether something is still so, after a while; it fails the test where that never ends.
func (b *tab) eachSecond(still func() bool) bool {
	b.t.Helper()
	if !still() {
		return false
	}
	if b.waited++; b.waited > int(patience/time.Second) {
		b.t.Fatalf("it never came to an end (at %s)", b.location())
	}
	time.Sleep(time.Second)
	return true
}

// text is what an element says.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// press presses a key: one of package kb, or a character.
func (b *tab) press(key string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(key))
}

// picture leaves a picture of the window.
func (b *tab) picture(name string) {
	dir := os.Getenv("YUSUAN_SCREENSHOTS")
	if dir == "" {
		return
	}
	var png []byte
	if err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		var err error
		png, err = page.CaptureScreenshot().Do(ctx)
		return err
	})); err != nil {
		b.t.Logf("picture: %v", err)
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	name = strings.NewReplacer("/", "_", " ", "-").Replace(b.t.Name() + "-" + name)
	if err := os.WriteFile(dir+"/"+name+".png", png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// withExecutor has actions said to this target.
func withExecutor(ctx context.Context, e cdp.Executor) context.Context {
	return cdp.WithExecutor(ctx, e)
}
