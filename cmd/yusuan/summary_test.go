package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

func result(state schemas.State, code schemas.Code, earlier schemas.State, message string) *fileResult {
	return &fileResult{Entry: schemas.Entry{State: state, Code: code, Message: message, Pages: 2}, Earlier: earlier}
}

func TestSummarise(t *testing.T) {
	results := []*fileResult{
		result(schemas.Indexed, "", "", ""),
		result(schemas.Indexed, "", "", ""),
		result(schemas.Unchanged, "", schemas.Indexed, ""),
		result(schemas.Unchanged, schemas.EmptyFile, schemas.Rejected, "the file is empty"),
		result(schemas.Unchanged, schemas.Timeout, schemas.Rejected, "dropped: too slow"),
		result(schemas.Unchanged, "", "", ""), // the same bytes from another place
		result(schemas.Superseded, "", "", ""),
		result(schemas.OCRNeeded, schemas.NeedsOCR, "", ""),
		result(schemas.Rejected, schemas.Damaged, "", ""),
		result(schemas.Rejected, schemas.Damaged, "", ""),
		result(schemas.Failed, "", "", "no such file"),
		result(schemas.Working, "", "", ""),
	}
	got := summarise(results, 0)
	want := summary{
		Files: 12, Indexed: 2, Unchanged: 4, Superseded: 1, NeedsOCR: 1, Rejected: 2, Failed: 1, Unfinished: 1, Pages: 4,
		ByReason: map[schemas.Code]int{schemas.Damaged: 2}, RejectedEarlier: map[schemas.Code]int{schemas.EmptyFile: 1},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if n := got.Indexed + got.Unchanged + got.Superseded + got.NeedsOCR + got.Rejected + got.Failed + got.Unfinished; n != got.Files {
		t.Errorf("got a sum of %d, want %d files", n, got.Files)
	}
}

func TestSummaryExit(t *testing.T) {
	tests := []struct {
		name    string
		results []*fileResult
		want    int
	}{
		{"nothing", nil, exitDone},
		{"all indexed", []*fileResult{result(schemas.Indexed, "", "", "")}, exitDone},
		{"unchanged", []*fileResult{result(schemas.Unchanged, "", schemas.Indexed, "")}, exitDone},
		{"rejected", []*fileResult{result(schemas.Rejected, schemas.Damaged, "", "")}, exitPartial},
		{"needs OCR", []*fileResult{result(schemas.OCRNeeded, schemas.NeedsOCR, "", "")}, exitPartial},
		{"failed", []*fileResult{result(schemas.Failed, "", "", "")}, exitPartial},
		{"rejected earlier", []*fileResult{result(schemas.Unchanged, schemas.Damaged, schemas.Rejected, "")}, exitPartial},
		{"dropped", []*fileResult{result(schemas.Unchanged, schemas.Damaged, schemas.Rejected, "dropped: ")}, exitDone},
		{"unfinished", []*fileResult{result(schemas.Rejected, schemas.Damaged, "", ""), result(schemas.Queued, "", "", "")}, exitFailed},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := exitDone
			if e, ok := errors.AsType[*exit](summarise(tc.results, 0).err()); ok {
				got = e.code
			}
			if got != tc.want {
				t.Errorf("got exit code %d, want %d", got, tc.want)
			}
		})
	}
}
