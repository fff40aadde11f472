using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Lr2vq.Testing.Docs;

/// <summary>A curve of a panel: how far the answers move with the ratio.</summary>
internal sealed record RateCurve(string Name, IReadOnlyList<(double Ratio, double Kl)> Points);

/// <summary>Rate against accuracy as SVG: a panel for each network, ratio across, KL on a logarithmic scale upwards. Readable on light and dark ground.</summary>
internal static class RateChart
{
    private const int Columns = 2, PanelWidth = 400, PanelHeight = 250, Left = 56, Right = 16, Top = 34, Bottom = 40;

    /// <summary>Colours for light and for dark ground, by the number of the curve.</summary>
    private static readonly (string Light, string Dark)[] s_colours = [("#b4531f", "#ff9d6b"), ("#1f6fb4", "#6fb7ff"), ("#5a7d1f", "#b3d66b"), ("#7a4bb0", "#c5a3f5")];

    public static string Write(IReadOnlyList<(string Network, IReadOnlyList<RateCurve> Curves)> panels)
    {
        int rows = (panels.Count + Columns - 1) / Columns, width = Columns * PanelWidth, height = rows * PanelHeight + 28;
        var svg = new StringBuilder();
        ChartHead.Write(svg, "Mean KL of the answers against the ratio", width, height, ".axis", s_colours);
        string[] names = [.. panels.SelectMany(p => p.Curves).Select(c => c.Name).Distinct()];
        for (int i = 0; i < names.Length; i++)
        {
            int x = 16 + i * 190;
            svg.Append(CultureInfo.InvariantCulture, $"  <rect class=\"f{i}\" x=\"{x}\" y=\"10\" width=\"12\" height=\"12\"/><text x=\"{x + 18}\" y=\"20\">{names[i]}</text>\n");
        }
        for (int i = 0; i < panels.Count; i++) Panel(svg, panels[i].Network, panels[i].Curves, names, i % Columns * PanelWidth, i / Columns * PanelHeight + 28);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Panel(StringBuilder svg, string network, IReadOnlyList<RateCurve> curves, string[] names, int x0, int y0)
    {
        (double Ratio, double Kl)[] all = [.. curves.SelectMany(c => c.Points)];
        double from = Math.Floor(all.Min(p => p.Ratio)), to = Math.Max(from + 1, Math.Ceiling(all.Max(p => p.Ratio)));
        int low = (int)Math.Floor(Math.Log10(all.Min(p => p.Kl))), high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(all.Max(p => p.Kl))));
        int left = x0 + Left, right = x0 + PanelWidth - Right, top = y0 + Top, bottom = y0 + PanelHeight - Bottom;
        double X(double ratio) => left + (ratio - from) / (to - from) * (right - left);
        double Y(double kl) => bottom - (Math.Log10(kl) - low) / (high - low) * (bottom - top);
        svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{left}\" y=\"{top - 12}\" font-weight=\"bold\">{network}</text>\n");
        for (int power = low; power <= high; power++)
        {
            double y = Y(Math.Pow(10, power));
            svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"grid\" x1=\"{left}\" y1=\"{y:F1}\" x2=\"{right}\" y2=\"{y:F1}\"/><text x=\"{left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Math.Pow(10, power)}</text>\n");
        }
        double step = to - from > 24 ? 8 : to - from > 12 ? 4 : 2;
        for (double ratio = Math.Ceiling(from / step) * step; ratio <= to; ratio += step)
            svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"grid\" x1=\"{X(ratio):F1}\" y1=\"{top}\" x2=\"{X(ratio):F1}\" y2=\"{bottom}\"/><text x=\"{X(ratio):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{ratio}x</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"axis\" x1=\"{left}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\"/><text x=\"{right}\" y=\"{bottom + 32}\" text-anchor=\"end\">bytes of the .onnx ÷ bytes of the artifact</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{left - 40}\" y=\"{top - 12}\">KL</text>\n");
        foreach (RateCurve curve in curves)
        {
            int colour = Array.IndexOf(names, curve.Name) % s_colours.Length;
            (double Ratio, double Kl)[] points = [.. curve.Points.OrderBy(p => p.Ratio)];
            svg.Append(CultureInfo.InvariantCulture, $"  <polyline class=\"c{colour}\" fill=\"none\" stroke-width=\"2\" points=\"{string.Join(' ', points.Select(p => FormattableString.Invariant($"{X(p.Ratio):F1},{Y(p.Kl):F1}")))}\"/>\n");
            foreach ((double ratio, double kl) in points)
                svg.Append(CultureInfo.InvariantCulture, $"  <circle class=\"f{colour}\" cx=\"{X(ratio):F1}\" cy=\"{Y(kl):F1}\" r=\"3.5\"><title>{curve.Name}: {ratio:F2}x, KL {kl:0.####}</title></circle>\n");
        }
    }
}
