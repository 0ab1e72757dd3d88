package fetch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/install/durable"
)

// NoChecksumError says that nothing would tell whether a source is what its recipe means.
type NoChecksumError struct{ Source Source }

func (e *NoChecksumError) Error() string {
	return fmt.Sprintf("fetch %s: its recipe has no sha256 for it%s", e.Source, e.Source.Origin())
}

// Hint says what to do.
func (e *NoChecksumError) Hint() string {
	return "add the checksum to the recipe; `berth install --no-checksum` takes what the site sends, and tells its checksum"
}

// fetchUnchecked takes what the first of the source's own URLs that answers sends. It asks no cache and no mirror: what these have under
// a name could be anything.
func (f *Fetcher) fetchUnchecked(ctx context.Context, src Source) (string, error) {
	if src.Ext == "" && len(src.URLs) > 0 {
		src.Ext = extOf(src.URLs[0])
	}
	tried := &FetchError{Source: src, offline: f.Offline}
	for _, u := range src.URLs {
		p := newPlace(u)
		if f.MirrorsOnly {
			tried.add(Attempt{Place: p.name, Kind: NoUpstream})
			continue
		}
		if p.bad == nil && p.url != nil && f.Offline {
			tried.add(Attempt{Place: p.name, Kind: OfflineMode})
			continue
		}
		path, err := f.takeUnchecked(ctx, src, p)
		if err == nil {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetch %s: %w", src, context.Cause(ctx))
		}
		tried.add(Attempt{Place: p.name, Kind: kindOfRead(err), Err: err})
	}
	return "", tried
}

func (f *Fetcher) takeUnchecked(ctx context.Context, src Source, p place) (string, error) {
	if err := os.MkdirAll(f.partsDir(), 0o755); err != nil {
		return "", err
	}
	temp := filepath.Join(f.partsDir(), fmt.Sprintf("unchecked-%d-%s", os.Getpid(), filepath.Base(p.name)))
	defer os.Remove(temp)
	if err := f.copyUnchecked(ctx, p, temp); err != nil {
		return "", err
	}
	sum, err := hashFile(ctx, temp)
	if err != nil {
		return "", err
	}
	final := filepath.Join(f.CacheDir, filepath.FromSlash(cachePath(sum, src.Ext)))
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return "", err
	}
	f.warn(Attempt{Place: p.name, Kind: NoChecksum, Got: sum})
	return final, durable.Rename(temp, final)
}
