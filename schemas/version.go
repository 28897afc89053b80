package schemas

import "time"

// A Version is one of the disclosures that the same unit has published for the same year, kind and scope.
type Version struct {
	DisclosureID string    `json:"disclosure_id"`
	SHA256       string    `json:"sha256"`                 // of the PDF
	Current      bool      `json:"current"`                // the newest: what search shows and sums add
	PublishedOn  string    `json:"published_on,omitempty"` // YYYY-MM-DD, by the publisher's claim, else by the document; "" where neither says
	FirstSeen    time.Time `json:"first_seen"`             // when the file was first put on the queue
}
