// Package checker holds disclosures against themselves and against each other. It knows what a disclosure says, as package
// schemas has it, and neither how it was read nor where it is stored.
//
// Start with Changes: what is different in a newer version of the same disclosure. Cover says who has published what, and who has not.
package checker
