using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Tool.Commands;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool.Report;

/// <summary>Writes a report as one page of HTML that needs nothing else: no network, no other file.</summary>
internal sealed class ReportPage
{
    private const int ShownSteps = 20, ShownBlame = 8;

    private readonly ReportContent _content;
    private readonly StringBuilder _html = new();

    private ReportPage(ReportContent content) => _content = content;

    public static string Write(ReportContent content) => new ReportPage(content).Write();

    private string Write()
    {
        List<(string Id, string Title, Action Body)> sections = [("made-of", "What the file is made of", MadeOf), ("error", "Where the error sits", Error)];
        if (_content.Rates.Count > 1) sections.Add(("rates", "Size against output change", Rates));
        if (_content.Outputs.Count > 0) sections.Add(("answers", "Answers before and after", Answers));
        if (_content.Steps.Count > 0) sections.Add(("speed", "Speed by layer", Speed));
        sections.Add(("origin", "Where it comes from", Origin));
        string title = Html(_content.Info.Name.Length > 0 ? _content.Info.Name : _content.FileName);
        _html.Append($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"><title>{title}: compression report</title>
            <style>{Resource("report.css")}</style></head><body><a class="skip" href="#main">Skip to the content</a><div class="page">
            <header><h1>{title}</h1><button class="theme" type="button">Light / dark</button></header>
            <p class="soft">{Html(_content.FileName)}</p>
            <ul class="tiles">{Tiles()}</ul>
            <nav aria-label="Sections"><ul>{string.Concat(sections.Select(s => $"<li><a href=\"#{s.Id}\">{s.Title}</a></li>"))}</ul></nav><main id="main">

            """);
        foreach ((string id, string heading, Action body) in sections)
        {
            _html.Append($"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{heading}</h2>\n");
            body();
            _html.Append("</section>\n");
        }
        return _html.Append($"</main></div><script>{Resource("report.js")}</script></body></html>\n").ToString();
    }

    private string Tiles()
    {
        ModelInfo info = _content.Info;
        List<(string Value, string About)> tiles =
        [
            (Words.Ratio(info.OriginalBytes, info.CompressedBytes), "smaller"),
            (Words.Bytes(info.CompressedBytes), $"of {Words.Bytes(info.OriginalBytes)}"),
        ];
        if (_content.Outputs.Count > 0) tiles.Add((Percent(_content.Outputs.Max(o => o.RelativeL2)), "largest change of an output (relative L2)"));
        if (_content.Outputs.Where(o => o.Agreement is not null).Select(o => o.Agreement).FirstOrDefault() is { } agreement) tiles.Add((Percent(agreement), "of the answers are the same"));
        if (_content.Meta.RelativeError is { } error) tiles.Add((Words.Error(error), "relative error of the weights"));
        if (_content.Steps.Count > 0) tiles.Add((Milliseconds(_content.Steps.Sum(s => s.Milliseconds)), "for a call, one thread"));
        return string.Concat(tiles.Select(t => $"<li><b>{Html(t.Value)}</b><span>{Html(t.About)}</span></li>"));
    }

    private void MadeOf()
    {
        ModelInfo info = _content.Info;
        long tensors = info.Tensors.Sum(t => t.StoredBytes);
        List<(string, double, string)> parts = [.. info.Tensors.GroupBy(MethodOf).Select(g => (Name: g.Key, Bytes: g.Sum(t => t.StoredBytes))).OrderByDescending(g => g.Bytes)
            .Select(g => (g.Name, (double)g.Bytes, Words.Bytes(g.Bytes)))];
        parts.Add(("Plan, names and tables", info.CompressedBytes - tensors, Words.Bytes(info.CompressedBytes - tensors)));
        _html.Append($"<p>{Words.Whole(info.Tensors.Count)} tensors. Ratio: bytes of the values as they are used ÷ bytes stored. What several tensors share counts for the first of them.</p>\n");
        _html.Append(ReportCharts.Shares("Bytes by method", parts));
        _html.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Tensors\"><table class=\"sortable\"><thead><tr>");
        string[] heads = ["tensor", "shape", "method", "bytes", "share", "bits a weight", "ratio", "relative error"];
        for (int i = 0; i < heads.Length; i++) _html.Append($"<th{(i > 2 ? " class=\"n\"" : "")}><button type=\"button\">{heads[i]}</button></th>");
        _html.Append("</tr></thead><tbody>\n");
        foreach (TensorInfo tensor in info.Tensors)
        {
            double values = tensor.Shape.Aggregate(1.0, (product, extent) => product * extent);
            _html.Append($"<tr><td>{Html(tensor.Name)}</td><td>{Words.Shape(tensor.Shape)}</td><td title=\"{Html(tensor.Parameters)}\">{Html(MethodOf(tensor))}</td>");
            Cell(tensor.StoredBytes, Words.Whole(tensor.StoredBytes));
            Cell(tensor.StoredBytes, Percent((double)tensor.StoredBytes / info.CompressedBytes));
            Cell(8.0 * tensor.StoredBytes / Math.Max(values, 1), Invariant($"{8.0 * tensor.StoredBytes / Math.Max(values, 1):0.00}"));
            Cell(tensor.StoredBytes == 0 ? 0 : InspectCommand.OriginalBytes(tensor) / tensor.StoredBytes, Words.Ratio(InspectCommand.OriginalBytes(tensor), tensor.StoredBytes));
            Cell(tensor.RelativeError, Words.Error(tensor.RelativeError));
            _html.Append("</tr>\n");
        }
        _html.Append("</tbody></table></div>\n");
    }

    private void Error()
    {
        if (_content.Effects.Count > 0) Effects();
        TensorInfo[] weights = [.. _content.Info.Tensors.Where(t => t.Type == ElementType.Float32)];
        double most = Math.Max(1, weights.Select(t => (double)t.StoredBytes).DefaultIfEmpty().Max());
        string chart = ReportCharts.LogDots("Relative error of each tensor, in the order of the file", "tensors in the order of the file; the area of a dot: its bytes",
            [.. weights.Select(t => (t.Name, (double)t.RelativeError, t.StoredBytes / most))]);
        _html.Append(chart.Length == 0 ? "<p>No tensor differs from the original.</p>\n"
            : "<p>Relative error of the weights, Σ(w − ŵ)² / Σw², measured by decoding the file again. Grey: exact. An error of the weights is not one of the answers: a layer may forgive much or nothing.</p>\n" + chart);
    }

    /// <summary>The tensors in their order, then the worst by name.</summary>
    private void Effects()
    {
        TensorInfo[] tensors = [.. _content.Info.Tensors.Where(t => _content.Effects.ContainsKey(t.Name))];
        double most = Math.Max(1, tensors.Max(t => (double)t.StoredBytes));
        _html.Append("<p>Change of the outputs (relative L2) if one tensor alone were compressed and all others were the original's. This is what counts.</p>\n");
        _html.Append(ReportCharts.LogDots("Change of the outputs by each tensor alone", "tensors in the order of the file; the area of a dot: its bytes",
            [.. tensors.Select(t => (t.Name, double.IsFinite(_content.Effects[t.Name]) ? _content.Effects[t.Name] : 1e9, t.StoredBytes / most))]));
        Table(["most to blame", "output change alone", "bytes"], [.. tensors.OrderByDescending(t => _content.Effects[t.Name]).Take(ShownBlame)
            .Select(t => (string[])[t.Name, double.IsFinite(_content.Effects[t.Name]) ? Percent(_content.Effects[t.Name]) : "not finite", Words.Bytes(t.StoredBytes)])]);
    }

    private void Rates()
    {
        _html.Append("<p>Largest relative L2 of an output on the same inputs, for artifacts of other sizes made with the same options.</p>\n");
        _html.Append(ReportCharts.Rates("Change of the outputs against the ratio", _content.Rates));
        Table(["ratio", "output change"], [.. _content.Rates.OrderBy(r => r.Ratio).Select(r => (string[])[Invariant($"{r.Ratio:0.00}x{(r.IsThis ? " (this file)" : "")}"), Percent(r.RelativeL2)])]);
    }

    private void Answers()
    {
        _html.Append($"<p>{Words.Whole(_content.Samples.Count)} samples through the original and through this file.</p>\n");
        if (_content.AreGenerated)
            _html.Append("<p>Nobody gave data, so these are the inputs on which the build compared outputs: made-up pictures, sounds, features and indices of several kinds. Pictures are shown from their least value to their largest. Answers on them mean nothing; how far they move does.</p>\n");
        Table(["output", "relative L2", "largest |a − b|", "same answer"],
            [.. _content.Outputs.Select(o => (string[])[o.Name, Percent(o.RelativeL2), ReportCharts.Number(o.Largest), o.Agreement is { } share ? Percent(share) : "-"])]);
        int changed = _content.Samples.Count(s => s.IsChanged);
        if (_content.Samples.Any(s => s.Before.Count > 0))
            _html.Append(changed == 0 ? "<p>Every sample keeps its first answer.</p>\n" : $"<p>{Words.Whole(changed)} of {Words.Whole(_content.Samples.Count)} samples change their first answer; they come first.</p>\n");
        _html.Append("<ul class=\"answers\">\n");
        foreach (SampleAnswer sample in _content.Samples.OrderByDescending(s => s.IsChanged).ThenByDescending(s => s.RelativeL2))
        {
            _html.Append($"<li{(sample.IsChanged ? " class=\"changed\"" : "")}>");
            if (sample.Thumbnail is { } picture) _html.Append($"<img loading=\"lazy\" alt=\"\" src=\"{picture}\">");
            _html.Append($"<div><h3>{Html(sample.Name)}, change {Percent(sample.RelativeL2)}</h3>");
            if (sample.Before.Count > 0) _html.Append($"{(sample.IsChanged ? "<span class=\"flag\">changed</span>" : "")}<div class=\"pair\">{Classes("before", sample.Before)}{Classes("after", sample.After)}</div>");
            _html.Append("</div></li>\n");
        }
        _html.Append("</ul>\n");
    }

    private void Speed()
    {
        double all = _content.Steps.Sum(s => s.Milliseconds);
        StepTime[] slow = [.. _content.Steps.OrderByDescending(s => s.Milliseconds).Take(ShownSteps)];
        List<(string, double, string)> bars = [.. slow.Select(s => ($"{s.Operator} {s.Name}", s.Milliseconds, $"{Milliseconds(s.Milliseconds)}, {Percent(s.Milliseconds / all)}"))];
        double rest = all - slow.Sum(s => s.Milliseconds);
        if (_content.Steps.Count > slow.Length) bars.Add(($"{Words.Whole(_content.Steps.Count - slow.Length)} other steps", rest, $"{Milliseconds(rest)}, {Percent(rest / all)}"));
        _html.Append($"<p>{Milliseconds(all)} for a call on this machine, one thread, {Html(_content.RunInputs)}; medians.</p>\n");
        _html.Append(ReportCharts.Bars("Time of the slowest steps", bars));
        Table(["operator", "steps", "ms", "share"], [.. _content.Steps.GroupBy(s => s.Operator).OrderByDescending(g => g.Sum(s => s.Milliseconds))
            .Select(g => (string[])[g.Key, Words.Whole(g.Count()), Milliseconds(g.Sum(s => s.Milliseconds)), Percent(g.Sum(s => s.Milliseconds) / all)])]);
    }

    private void Origin()
    {
        ModelInfo info = _content.Info;
        List<string[]> rows = [["preset", info.Preset], ["compressed by", "lr2vq " + info.ToolVersion], ["opset", Words.Whole(info.Opset)], ["SHA-256 of the model", info.SourceHash], ["structure", info.StructureHash]];
        foreach (PortInfo port in info.Inputs) rows.Add(["input", port.ToString()]);
        foreach (PortInfo port in info.Outputs) rows.Add(["output", port.ToString()]);
        if (_content.Meta.Tuning is { } tuning) rows.Add(["training", Words.Tuning(tuning)]);
        if (_content.Meta.Time is { } time) rows.Add(["speed", Words.Time(time)]);
        foreach (KeyValuePair<string, string> option in _content.Meta.Options) rows.Add([option.Key, option.Value]);
        Table(["", ""], rows);
    }

    private void Cell(double value, string text) => _html.Append(Invariant($"<td class=\"n\" data-v=\"{value:R}\">")).Append(Html(text)).Append("</td>");

    private void Table(string[] heads, IReadOnlyList<string[]> rows)
    {
        _html.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").Append(Html(heads[0].Length > 0 ? heads[0] : "Origin")).Append("\"><table>");
        if (heads[0].Length > 0) _html.Append("<thead><tr>").Append(string.Concat(heads.Select((h, i) => $"<th{(i > 0 ? " class=\"n\"" : "")}>{Html(h)}</th>"))).Append("</tr></thead>");
        _html.Append("<tbody>\n");
        foreach (string[] row in rows)
            _html.Append("<tr>").Append(string.Concat(row.Select((cell, i) => $"<td{(i > 0 && heads[0].Length > 0 ? " class=\"n\"" : "")}>{Html(cell)}</td>"))).Append("</tr>\n");
        _html.Append("</tbody></table></div>\n");
    }

    private static string Classes(string title, IReadOnlyList<ClassShare> classes) =>
        $"<div><b>{title}</b><ol>{string.Concat(classes.Select(c => $"<li>{Html(c.Label)} <span class=\"soft\">{Percent(c.Share)}</span></li>"))}</ol></div>";

    private static string MethodOf(TensorInfo tensor) => tensor.Description.Method.Length > 0 ? tensor.Description.Method : tensor.Type.ToString().ToLowerInvariant();

    private static string Percent(double share) => Invariant($"{share * 100:0.##} %");

    private static string Milliseconds(double ms) => Invariant($"{ms:0.00} ms");

    private static string Html(string text) => ReportCharts.Html(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(typeof(ReportPage), name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
