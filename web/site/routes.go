package site

import (
	"slices"

	"yusuan/web/access"
)

// A route is one page, or one thing that a page does.
type route struct {
	pattern string      // of http.ServeMux, with the method
	need    access.Role // Nobody is Read
	open    bool        // for who has no role as well
	long    bool        // it may take any time
	answer  func(*request) error
}

// routes are all of them.
func (s *site) routes() []route {
	return slices.Concat(s.searchRoutes(), s.disclosureRoutes(), s.unitRoutes(), s.regionRoutes(), s.codeRoutes(), s.compareRoutes(), s.ingestRoutes(), s.ledgerRoutes(), s.accountRoutes())
}
