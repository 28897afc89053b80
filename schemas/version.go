package schemas

import "time"

// A Version is one of the disclosures that the same unit has published for the same year, kind and scope. Not every one takes the
// place of those before it: many units publish their tables one by one, or apart from the text.
type Version struct {
	DisclosureID string    `json:"disclosure_id"`
	SHA256       string    `json:"sha256"`                  // of the PDF
	Current      bool      `json:"current"`                 // no newer one has taken its place: what search shows and sums add
	SupersededBy string    `json:"superseded_by,omitempty"` // the disclosure ID of the next one that has
	PublishedOn  string    `json:"published_on,omitempty"`  // YYYY-MM-DD, by the publisher's claim, else by the document; "" where neither says
	FirstSeen    time.Time `json:"first_seen"`              // when the file was first put on the queue
	Tables       []string  `json:"tables,omitempty"`        // which it has: their forms, else their titles
	Headings     []string  `json:"headings,omitempty"`      // of its sections of the first two levels
}
