"""Measures search quality: quality.py YUSUAN DATA JUDGED. Prints nDCG@10 (gain 2^grade-1) and recall of what is graded 2 or better, means over
the judged queries, as JSON; a line a query on stderr. DATA is an embedded index that has been filled."""
import json, math, re, sqlite3, subprocess, sys, unicodedata

yusuan, data, judged = sys.argv[1:4]


def fold(text):
    text = unicodedata.normalize("NFKC", text or "")
    return re.sub(r"[\s“”\"‘’'「」]", "", text)


def read(path):
    queries = []
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.startswith("? "):
            queries.append((line[2:], []))
        elif line and not line.startswith("#"):
            grade, *wants = line.split()
            queries[-1][1].append((int(grade), [w.split("=", 1) for w in wants]))
    return queries


def passages():
    db = sqlite3.connect(f"file:{data}/index.db?mode=ro", uri=True)
    rows = db.execute("""SELECT d.id || '-p' || printf('%04d', p.seq), p.kind, coalesce(t.form, ''), p.heading, p.text, p.detail
        FROM passages p JOIN disclosures d ON d.pk = p.disclosure LEFT JOIN tables t ON t.pk = p.tbl
        WHERE d.current = 1 AND p.kind NOT IN ('project', 'term')""")
    for id, kind, form, heading, text, detail in rows:
        path = "".join(s.get("title", "") for s in json.loads(detail).get("path", []))
        yield id, {"passage": kind, "form": form, "path": fold(path), "text": fold(heading + text)}


def grade(p, lines):
    def meets(field, want):
        has = want in p[field] if field in ("path", "text") else p[field] == want
        return has
    return max((g for g, wants in lines if all(meets(f, w) for f, w in wants)), default=0)


def gain(grades):
    return sum((2**g - 1) / math.log2(i + 2) for i, g in enumerate(grades[:10]))


everything = dict(passages())
queries = read(judged)
ndcg = recall = 0
for query, lines in queries:
    hits, after = [], []
    while True:
        out = subprocess.run([yusuan, "search", "--data", data, "--json", "--limit", "10000", *after, query], check=True, capture_output=True)
        page = json.loads(out.stdout)
        hits += [h["id"] for h in page["hits"]]
        if not page.get("next"):
            break
        after = ["--after", page["next"]]
    grades = {id: g for id, p in everything.items() if (g := grade(p, lines))}
    ideal = sorted(grades.values(), reverse=True)
    relevant = {id for id, g in grades.items() if g >= 2}
    assert relevant, f"nothing is right for {query}"
    n = gain([grades.get(id, 0) for id in hits]) / gain(ideal)
    r = len(relevant.intersection(hits)) / len(relevant)
    ndcg, recall = ndcg + n / len(queries), recall + r / len(queries)
    print(f"nDCG@10 {n:.2f}  recall {r:.2f}  {len(hits):6d} hits  {query}", file=sys.stderr)
print(json.dumps({"queries": len(queries), "passages": len(everything), "ndcg": round(ndcg, 3), "recall": round(recall, 3)}))
