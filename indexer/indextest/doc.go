// Package indextest holds the tests that every back end of package indexer must pass: Run checks one, Agree checks that two
// give the same answers. Both work on Disclosures, a few made-up budgets and final accounts.
package indextest
