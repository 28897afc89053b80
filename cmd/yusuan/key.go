package main

import (
	"context"
	"time"

	"yusuan/web/access"
)

type keyCommand struct {
	Create keyCreate `cmd:"" help:"Make a key, and print it: this once."`
	List   keyList   `cmd:"" help:"List the keys of a file."`
	Revoke keyRevoke `cmd:"" help:"Take a key out of the file; a server that runs refuses it from then on."`
}

// Help is the long form, with an example.
func (keyCommand) Help() string {
	return `Keys are for programs that ask yusuan serve --keys FILE. The file has a line for each, NAME ROLE sha256:HASH [EXPIRES], and no key:
who has lost one needs another. Roles: read asks, ingest uploads as well, admin gets the original PDFs as well, in which nothing is masked.

  yusuan key create --keys keys --name dashboard --role read --expires 90d
  yusuan serve --keys keys --listen 0.0.0.0:8080
  yusuan key revoke --keys keys --name dashboard`
}

// keyFile is the flag of the file.
type keyFile struct {
	Keys string `placeholder:"FILE" help:"File of the keys."`
}

func (f keyFile) check() error {
	if f.Keys == "" {
		return usageError("key: which file? Name it by --keys")
	}
	return nil
}

type keyCreate struct {
	keyFile
	Name    string `placeholder:"NAME" help:"What the key is called, in lists and in the log: letters, digits, and . _ @ -."`
	Role    string `placeholder:"ROLE" help:"read, ingest or admin."`
	Expires string `placeholder:"TIME" help:"When it is good no more: 90d, 2027-01-31 or 2027-01-31T12:00:00Z (default never)."`
}

// A keyResult is a key as it is printed with --json.
type keyResult struct {
	Name    string     `json:"name"`
	Role    string     `json:"role"`
	Expires *time.Time `json:"expires,omitempty"`
	Expired bool       `json:"expired,omitempty"`
	Key     string     `json:"key,omitempty"` // when it is made
}

func keyResultOf(k access.Key, now time.Time) keyResult {
	r := keyResult{Name: k.Name, Role: k.Role.String(), Expired: k.Expired(now)}
	if !k.Expires.IsZero() {
		r.Expires = &k.Expires
	}
	return r
}

// Run makes a key.
func (c *keyCreate) Run(_ context.Context, p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	role, err := access.ParseRole(c.Role)
	if err != nil {
		return usageError("key create: %w", err)
	}
	now := time.Now()
	var expires time.Time
	if c.Expires != "" {
		if expires, err = access.ParseExpiry(c.Expires, now); err != nil {
			return usageError("key create: %w", err)
		}
	}
	k, secret, err := access.NewKey(c.Name, role, expires)
	if err != nil {
		return usageError("key create: %w", err)
	}
	if err := access.AddKey(c.Keys, k); err != nil {
		return err
	}
	if p.JSON {
		r := keyResultOf(k, now)
		r.Key = secret
		return p.out.json(r)
	}
	p.out.printf("%s\n", secret)
	p.remark("This is the key of %s, with the role %s. It is shown this once: %s has its hash only.", k.Name, k.Role, c.Keys)
	return nil
}

type keyList struct{ keyFile }

// Run lists.
func (c *keyList) Run(_ context.Context, p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	keys, err := access.ReadKeys(c.Keys)
	if err != nil {
		return err
	}
	list, now := []keyResult{}, time.Now()
	var t sheet
	for _, k := range keys {
		r := keyResultOf(k, now)
		list = append(list, r)
		until := "never expires"
		switch {
		case r.Expired:
			until = "has expired"
		case r.Expires != nil:
			until = "until " + r.Expires.UTC().Format(time.RFC3339)
		}
		t.add(r.Name, r.Role, until)
	}
	if p.JSON {
		return p.out.json(list)
	}
	p.out.printf("%s", t.String())
	p.remark("%s", plural(len(list), "key"))
	return nil
}

type keyRevoke struct {
	keyFile
	Name string `placeholder:"NAME" help:"What the key is called."`
}

// Run revokes.
func (c *keyRevoke) Run(_ context.Context, p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Name == "" {
		return usageError("key revoke: which key? Name it by --name")
	}
	if err := access.RemoveKey(c.Keys, c.Name); err != nil {
		return err
	}
	p.remark("%s is revoked.", c.Name)
	return nil
}
