package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const maxRetryAfter = 30 * time.Second

var errStalled = errors.New("no data came for too long")

// defaultClient fails fast when there is nobody to talk to and is patient with
// a slow transfer; silence in a transfer is Fetcher.Stall's affair.
func defaultClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() // keeps ProxyFromEnvironment
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 10 * time.Second
	t.ResponseHeaderTimeout = 30 * time.Second
	return &http.Client{Transport: t}
}

// download fetches from a URL into final, with retries; nil means that it is
// there.
func (f *Fetcher) download(ctx context.Context, src Source, p place, final string) *Attempt {
	part, err := newPart(f.partsDir(), src.SHA256, true)
	if err != nil {
		return &Attempt{Place: f.CacheDir, Kind: kindOfWrite(err), Err: err}
	}
	defer part.discard()
	if part.has(src.SHA256) { // killed between the last byte and the rename
		return part.publish(src.SHA256, p.name, final)
	}
	wait := f.Backoff
	for try := 1; ; try++ {
		if f.dead.has(p.url.Host) {
			return &Attempt{Place: p.name, Kind: SkippedHost}
		}
		resumed := part.size > 0
		a, again := f.request(ctx, src, p, part)
		if a == nil {
			if a = part.publish(src.SHA256, p.name, final); a == nil {
				return nil
			}
			// What was there before may have been another file's beginning.
			again.retry = resumed && a.Kind == Checksum
		}
		a.Tries = try
		if !again.retry || try > f.Retries || ctx.Err() != nil {
			return a
		}
		select {
		case <-ctx.Done():
			return a
		case <-time.After(max(wait, again.after)):
		}
		wait *= 2
	}
}

// again says whether, and how soon, a request may be repeated.
type again struct {
	retry bool
	after time.Duration // what the server asks for
}

// request asks once and appends to part what comes.
func (f *Fetcher) request(ctx context.Context, src Source, p place, part *part) (*Attempt, again) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(f.Stall, func() { cancel(errStalled) })
	defer stall.Stop()

	resp, err := f.send(ctx, p, part.size)
	if err != nil {
		return f.failed(ctx, p, err)
	}
	defer resp.Body.Close()
	if a, again := checkStatus(p, resp); a != nil {
		return a, again
	}
	if err := align(part, resp); err != nil {
		return &Attempt{Place: part.f.Name(), Kind: kindOfWrite(err), Err: err}, again{}
	}
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return &Attempt{Place: p.name, Kind: Refused, Status: resp.StatusCode}, again{retry: true}
	}
	total := int64(-1)
	if resp.ContentLength >= 0 {
		total = part.size + resp.ContentLength
	}
	body := &awake{r: resp.Body, timer: stall, limit: f.Stall}
	a := part.fill(ctx, body, p.name, f.reporter(src, p.name, total))
	if a == nil || a.Kind != Unreadable {
		return a, again{}
	}
	a, more := f.failed(ctx, p, a.Err)
	a.WantBytes, a.GotBytes = total, part.size
	return a, more
}

func (f *Fetcher) send(ctx context.Context, p place, offset int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "berth")
	// The checksum is that of the file as it lies there: no decoding on the way.
	req.Header.Set("Accept-Encoding", "identity")
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	return f.client.Do(req)
}

// failed sorts an error of the transport.
func (f *Fetcher) failed(ctx context.Context, p place, err error) (*Attempt, again) {
	if errors.Is(context.Cause(ctx), errStalled) {
		return &Attempt{Place: p.name, Kind: Stalled}, again{retry: true}
	}
	kind, dead := kindOfRequest(err)
	if dead && ctx.Err() == nil {
		f.dead.add(deadHost(p, err))
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		err = fmt.Errorf("%s is not known", dns.Name)
	}
	return &Attempt{Place: p.name, Kind: kind, Err: err}, again{retry: !dead}
}

// deadHost is the host that did not answer: after a redirection, another one
// than the URL's.
func deadHost(p place, err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		if u, err := url.Parse(ue.URL); err == nil {
			return u.Host
		}
	}
	return p.url.Host
}

func checkStatus(p place, resp *http.Response) (*Attempt, again) {
	a := &Attempt{Place: p.name, Kind: Refused, Status: resp.StatusCode}
	switch code := resp.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent, code == http.StatusRequestedRangeNotSatisfiable:
		return nil, again{}
	case code == http.StatusNotFound, code == http.StatusGone:
		a.Kind = NotFound
		return a, again{}
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500 && code != http.StatusNotImplemented:
		return a, again{retry: true, after: retryAfter(resp)}
	}
	return a, again{}
}

func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}

// align makes part end where the response begins: servers may ignore a range
// and send everything, or answer with another range.
func align(part *part, resp *http.Response) error {
	if resp.StatusCode == http.StatusPartialContent {
		begins := "bytes " + strconv.FormatInt(part.size, 10) + "-"
		if strings.HasPrefix(resp.Header.Get("Content-Range"), begins) {
			return nil
		}
		resp.StatusCode = http.StatusRequestedRangeNotSatisfiable
	}
	if part.size == 0 {
		return nil
	}
	return part.restart()
}

// awake puts off the stall timer whenever data comes.
type awake struct {
	r     io.Reader
	timer *time.Timer
	limit time.Duration
}

func (a *awake) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if n > 0 {
		a.timer.Reset(a.limit)
	}
	return n, err
}
