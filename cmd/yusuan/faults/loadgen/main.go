// Loadgen makes many PDFs of a few, each of another made-up unit or year: the files of a test under load.
//
//	go run ./cmd/yusuan/faults/loadgen -from cmd/yusuan/demo -n 10000 -out /tmp/copies
//
// What can be an original, and what is other in a copy, is said in package copies.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"yusuan/cmd/yusuan/faults/copies"
)

func main() {
	from := flag.String("from", "", "folder of the originals: PDFs with a manifest.tsv, or each with a NAME.truth.json")
	out := flag.String("out", "", "folder to write the copies to; it is made")
	n := flag.Int("n", 10000, "how many copies")
	seed := flag.Uint64("seed", 1, "another seed makes other copies")
	flag.Parse()
	if *from == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*from, *out, *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}

func run(from, out string, n int, seed uint64) error {
	begun := time.Now()
	set, err := copies.Folder(from)
	if err != nil {
		return err
	}
	for _, why := range set.Skipped {
		fmt.Fprintln(os.Stderr, "loadgen: skipped:", why)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := set.Write(context.Background(), out, n, seed); err != nil {
		return err
	}
	fmt.Printf("%d copies of %d originals in %s, in %.1f s\n", n, len(set.Originals), out, time.Since(begun).Seconds())
	return nil
}
