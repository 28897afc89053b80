package main

import "yusuan/schemas"

// ingestion is what became of every file.
func ingestion() board {
	return board{
		id: "yusuan-ingestion", title: "入库情况 Ingestion", note: "每个文件的结果 What became of every file", since: "now-7d",
		text: "**台账** 每个文件一条，只有一种状态；处理完后，发布的 = 已入库 + 无变化 + 被取代 + 待识别 + 拒收 + 失败。时间范围只影响“完成的文件”，其余都是全部文件。" +
			"重试：`yusuan deadletter retry`。\n\n" +
			"**The ledger** One entry a file, in one state. The range of time is for the files over time only; all else counts every file.",
		controls: []control{{ledgerView, "state", "状态 state"}, {ledgerView, "code", "原因 reason"}},
		rows: []row{
			{12, []panel{{files(), 8}, {filePages(), 8}, {states(), 16}, {reasons(), 16}}},
			{12, []panel{{finished(), 48}}},
			{18, []panel{{failures(), 48}}},
		},
	}
}

func files() lens {
	return lens{id: "yusuan-files", title: "文件 Files", view: ledgerView, columns: []column{count("个 files")}, draw: onlyFigure}
}

func filePages() lens {
	return lens{id: "yusuan-file-pages", title: "文件页数 Pages of files", view: ledgerView, columns: []column{sumOf("页 pages", "pages")}, draw: onlyFigure}
}

func states() lens {
	return lens{id: "yusuan-states", title: "状态 States", view: ledgerView, columns: []column{by("状态 state", 10, "state").top(), count("个 files")}, draw: donut}
}

func reasons() lens {
	return lens{
		id: "yusuan-reasons", title: "没有入库的原因 Why files were not indexed", view: ledgerView, draw: bars,
		columns: []column{by("原因 reason", 20, "code").top(), by("状态 state", 5, "state"), count("个 files")},
	}
}

func finished() lens {
	return lens{
		id: "yusuan-finished", title: "完成的文件 Files over time", view: finishedView, draw: upright,
		columns: []column{over("完成时间 finished at", "finished_at"), by("状态 state", 10, "state"), count("个 files")},
	}
}

func failures() listing {
	return listing{
		id: "yusuan-failures", title: "拒收、失败、待识别的文件 Files that were not indexed, and why", view: ledgerView,
		filters: []filter{among("state", schemas.Rejected, schemas.Failed, schemas.OCRNeeded)},
		columns: []string{"file_name", "state", "code", "message", "page", "url", "finished_at"}, sort: [][]string{{"queued_at", "desc"}},
	}
}
