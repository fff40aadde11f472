using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;

namespace Lr2vq.Tool.Report;

/// <summary>Charts as SVG; colours come from the style sheet of the page, so that they follow its light and dark themes.</summary>
internal static class ReportCharts
{
    private const double Width = 720;

    /// <summary>A bar whose parts are shares of a whole, with a legend below.</summary>
    /// <param name="title">What a screen reader says.</param>
    /// <param name="parts">Name, amount and amount in words.</param>
    public static string Shares(string title, IReadOnlyList<(string Name, double Amount, string Words)> parts)
    {
        double sum = Math.Max(parts.Sum(p => p.Amount), 1), x = 0;
        StringBuilder svg = Begin(title, 36);
        for (int i = 0; i < parts.Count; i++)
        {
            double width = parts[i].Amount / sum * Width;
            svg.Append(Text($"<rect class=\"s{i % 8}\" x=\"{x:0.##}\" y=\"0\" width=\"{Math.Max(width, 0.5):0.##}\" height=\"36\"><title>{Html(parts[i].Name)}: {Html(parts[i].Words)}, {parts[i].Amount / sum:P1}</title></rect>"));
            x += width;
        }
        svg.Append("</svg></div>\n<ul class=\"legend\">");
        for (int i = 0; i < parts.Count; i++)
            svg.Append(Text($"<li><span class=\"key k{i % 8}\"></span>{Html(parts[i].Name)} <b>{Html(parts[i].Words)}</b> {parts[i].Amount / sum:P1}</li>"));
        return svg.Append("</ul>\n").ToString();
    }

    /// <summary>Dots over an order, on a logarithmic scale; zeros stand on the floor.</summary>
    /// <param name="dots">Name, value from 0, and a size from 0 to 1.</param>
    public static string LogDots(string title, string axis, IReadOnlyList<(string Name, double Value, double Size)> dots)
    {
        const double left = 56, top = 10, height = 240, bottom = 26;
        double[] positive = [.. dots.Select(d => d.Value).Where(v => v > 0)];
        if (positive.Length == 0) return "";
        int low = (int)Math.Floor(Math.Log10(positive.Min())), high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(positive.Max())));
        double Y(double value) => top + (high - Math.Log10(Math.Max(value, Math.Pow(10, low)))) / (high - low) * height;
        StringBuilder svg = Begin(title, top + height + bottom);
        for (int decade = low; decade <= high; decade++)
        {
            double y = Y(Math.Pow(10, decade));
            svg.Append(Text($"<line class=\"grid\" x1=\"{left}\" x2=\"{Width}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\"/><text x=\"{left - 6}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">1e{decade}</text>"));
        }
        for (int i = 0; i < dots.Count; i++)
        {
            double x = left + 8 + (Width - left - 16) * (dots.Count == 1 ? 0.5 : i / (double)(dots.Count - 1));
            svg.Append(Text($"<circle class=\"{(dots[i].Value > 0 ? "dot" : "dot none")}\" cx=\"{x:0.##}\" cy=\"{Y(dots[i].Value):0.##}\" r=\"{2.5 + 6 * Math.Sqrt(dots[i].Size):0.##}\"><title>{Html(dots[i].Name)}: {Number(dots[i].Value)}</title></circle>"));
        }
        return svg.Append(Text($"<text x=\"{left}\" y=\"{top + height + bottom - 6}\">{Html(axis)}</text></svg></div>\n")).ToString();
    }

    /// <summary>Bars from the left, the name above each.</summary>
    /// <param name="bars">Name, amount and amount in words.</param>
    public static string Bars(string title, IReadOnlyList<(string Name, double Amount, string Words)> bars)
    {
        const double row = 22, names = 300, words = 110;
        double most = Math.Max(bars.Select(b => b.Amount).DefaultIfEmpty().Max(), 1e-12);
        StringBuilder svg = Begin(title, bars.Count * row + 4);
        for (int i = 0; i < bars.Count; i++)
        {
            double y = i * row, width = bars[i].Amount / most * (Width - names - words);
            svg.Append(Text($"<text x=\"{names - 8}\" y=\"{y + 15:0.##}\" text-anchor=\"end\">{Html(Output.Words.Shorten(bars[i].Name, 44))}<title>{Html(bars[i].Name)}</title></text>"));
            svg.Append(Text($"<rect class=\"s0\" x=\"{names}\" y=\"{y + 4:0.##}\" width=\"{Math.Max(width, 1):0.##}\" height=\"{row - 8}\"/><text x=\"{names + width + 6:0.##}\" y=\"{y + 15:0.##}\">{Html(bars[i].Words)}</text>"));
        }
        return svg.Append("</svg></div>\n").ToString();
    }

    /// <summary>Change of the outputs against the ratio, on a logarithmic scale.</summary>
    public static string Rates(string title, IReadOnlyList<RatePoint> points)
    {
        const double left = 64, top = 14, height = 220, bottom = 40;
        RatePoint[] order = [.. points.Where(p => p.RelativeL2 > 0).OrderBy(p => p.Ratio)];
        if (order.Length < 2) return "";
        double from = order[0].Ratio, to = order[^1].Ratio, span = Math.Max(to - from, 1e-9);
        int low = (int)Math.Floor(Math.Log10(order.Min(p => p.RelativeL2))), high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(order.Max(p => p.RelativeL2))));
        double X(double ratio) => left + 12 + (ratio - from) / span * (Width - left - 40);
        double Y(double value) => top + (high - Math.Log10(value)) / (high - low) * height;
        StringBuilder svg = Begin(title, top + height + bottom);
        for (int decade = low; decade <= high; decade++)
        {
            double y = Y(Math.Pow(10, decade));
            svg.Append(Text($"<line class=\"grid\" x1=\"{left}\" x2=\"{Width}\" y1=\"{y:0.##}\" y2=\"{y:0.##}\"/><text x=\"{left - 6}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">{Math.Pow(10, decade) * 100:0.####} %</text>"));
        }
        svg.Append("<polyline class=\"line\" points=\"").AppendJoin(' ', order.Select(p => Text($"{X(p.Ratio):0.##},{Y(p.RelativeL2):0.##}"))).Append("\"/>");
        foreach (RatePoint point in order)
            svg.Append(Text($"<circle class=\"{(point.IsThis ? "dot this" : "dot")}\" cx=\"{X(point.Ratio):0.##}\" cy=\"{Y(point.RelativeL2):0.##}\" r=\"{(point.IsThis ? 7 : 4.5)}\"><title>{point.Ratio:0.00}x: {point.RelativeL2:P2}</title></circle><text x=\"{X(point.Ratio):0.##}\" y=\"{top + height + 18}\" text-anchor=\"middle\">{point.Ratio:0.0}x</text>"));
        return svg.Append(Text($"<text x=\"{left}\" y=\"{top + height + 36}\">ratio; the large dot is this artifact</text></svg></div>\n")).ToString();
    }

    /// <summary>Three digits, in every culture the same.</summary>
    public static string Number(double value) => value == 0 ? "0" : value.ToString(Math.Abs(value) is >= 0.01 and < 1000 ? "0.###" : "0.00e-0", CultureInfo.InvariantCulture);

    public static string Html(string text) => WebUtility.HtmlEncode(text);

    private static StringBuilder Begin(string title, double height) =>
        new(Text($"<div class=\"chart\"><svg role=\"img\" aria-label=\"{Html(title)}\" viewBox=\"0 0 {Width} {height}\">"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
