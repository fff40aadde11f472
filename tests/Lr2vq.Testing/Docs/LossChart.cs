using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Lr2vq.Testing.Docs;

/// <summary>A curve of a panel: points lost against bytes.</summary>
internal sealed record LossCurve(string Name, IReadOnlyList<(double Bytes, double Lost)> Points);

/// <summary>Where the better one of two curves changes.</summary>
internal readonly record struct Crossover(string Below, string Above, double Bytes, double Lost);

/// <summary>Points lost against bytes as SVG: a panel for each network, bytes on a logarithmic scale across, points downwards; rings mark where two curves cross. Readable on light and dark ground.</summary>
internal static class LossChart
{
    private const int Width = 820, PanelHeight = 320, Left = 56, Right = 16, Top = 34, Bottom = 40, LegendRow = 20, LegendColumns = 4;

    /// <summary>Colours for light and for dark ground, by the number of the curve; dashes tell curves of one colour apart.</summary>
    private static readonly (string Light, string Dark)[] s_colours = [("#b4531f", "#ff9d6b"), ("#1f6fb4", "#6fb7ff"), ("#5a7d1f", "#b3d66b"), ("#7a4bb0", "#c5a3f5"), ("#a0204c", "#ff7fa8"), ("#1f7d74", "#63d6ca")];
    private static readonly string[] s_dashes = ["", "6 3", "2 3"];

    /// <summary>Every crossing of two curves between points that both have; they are straight over the logarithm of the bytes.</summary>
    public static IEnumerable<Crossover> Crossovers(IReadOnlyList<LossCurve> curves)
    {
        for (int a = 0; a < curves.Count; a++)
            for (int b = a + 1; b < curves.Count; b++)
            {
                double[] places = [.. curves[a].Points.Concat(curves[b].Points).Select(p => Math.Log(p.Bytes)).Distinct().Order()];
                for (int i = 0; i + 1 < places.Length; i++)
                {
                    double? left = Difference(places[i]), right = Difference(places[i + 1]);
                    if (left is null || right is null || !(left * right < 0)) continue;
                    double at = places[i] + (places[i + 1] - places[i]) * left.Value / (left.Value - right.Value);
                    (int below, int above) = left < 0 ? (a, b) : (b, a);
                    yield return new Crossover(curves[below].Name, curves[above].Name, Math.Exp(at), At(curves[a], at)!.Value);
                }

                double? Difference(double place) => At(curves[a], place) - At(curves[b], place);
            }
    }

    public static string Write(IReadOnlyList<(string Network, IReadOnlyList<LossCurve> Curves)> panels)
    {
        string[] names = [.. panels.SelectMany(p => p.Curves).Select(c => c.Name).Distinct().Order(StringComparer.Ordinal)];
        int legend = 12 + (names.Length + LegendColumns - 1) / LegendColumns * LegendRow, height = panels.Count * PanelHeight + legend;
        var svg = new StringBuilder();
        ChartHead.Write(svg, "Points lost against bytes, trained methods", Width, height, ".axis, .ring", s_colours);
        for (int i = 0; i < names.Length; i++)
        {
            int x = 16 + i % LegendColumns * (Width / LegendColumns), y = 16 + i / LegendColumns * LegendRow;
            svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"c{i % s_colours.Length}\" stroke-width=\"3\"{Dash(i)} x1=\"{x}\" y1=\"{y - 4}\" x2=\"{x + 22}\" y2=\"{y - 4}\"/><text x=\"{x + 28}\" y=\"{y}\">{names[i]}</text>\n");
        }
        for (int i = 0; i < panels.Count; i++) Panel(svg, panels[i].Network, panels[i].Curves, names, legend + i * PanelHeight);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Panel(StringBuilder svg, string network, IReadOnlyList<LossCurve> curves, string[] names, int y0)
    {
        (double Bytes, double Lost)[] all = [.. curves.SelectMany(c => c.Points)];
        double from = all.Min(p => p.Bytes) / 1.1, to = all.Max(p => p.Bytes) * 1.1, most = Math.Max(1, Math.Ceiling(all.Max(p => p.Lost))), least = Math.Min(0, Math.Floor(all.Min(p => p.Lost)));
        int left = Left, right = Width - Right, top = y0 + Top, bottom = y0 + PanelHeight - Bottom;
        double X(double bytes) => left + Math.Log(bytes / from) / Math.Log(to / from) * (right - left);
        double Y(double lost) => top + (lost - least) / (most - least) * (bottom - top);
        svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{left}\" y=\"{top - 12}\" font-weight=\"bold\">{network}</text>\n");
        double step = Math.Max(1, Math.Ceiling((most - least) / 8));
        for (double lost = Math.Ceiling(least / step) * step; lost <= most; lost += step)
            svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"grid\" x1=\"{left}\" y1=\"{Y(lost):F1}\" x2=\"{right}\" y2=\"{Y(lost):F1}\"/><text x=\"{left - 6}\" y=\"{Y(lost) + 4:F1}\" text-anchor=\"end\">{lost}</text>\n");
        double last = double.NegativeInfinity;
        foreach (double bytes in all.Select(p => Math.Round(p.Bytes / 1000)).Distinct().Order())
        {
            // Labels that do not touch.
            if (X(bytes * 1000) - last < 50) continue;
            last = X(bytes * 1000);
            svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"grid\" x1=\"{X(bytes * 1000):F1}\" y1=\"{top}\" x2=\"{X(bytes * 1000):F1}\" y2=\"{bottom}\"/><text x=\"{X(bytes * 1000):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{bytes}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"  <line class=\"axis\" x1=\"{left}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\"/><text x=\"{right}\" y=\"{bottom + 32}\" text-anchor=\"end\">kB of the artifact</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{left - 40}\" y=\"{top - 12}\">lost</text>\n");
        foreach (LossCurve curve in curves)
        {
            int number = Array.IndexOf(names, curve.Name), colour = number % s_colours.Length;
            (double Bytes, double Lost)[] points = [.. curve.Points.OrderBy(p => p.Bytes)];
            svg.Append(CultureInfo.InvariantCulture, $"  <polyline class=\"c{colour}\" fill=\"none\" stroke-width=\"2\"{Dash(number)} points=\"{string.Join(' ', points.Select(p => FormattableString.Invariant($"{X(p.Bytes):F1},{Y(p.Lost):F1}")))}\"/>\n");
            foreach ((double bytes, double lost) in points)
                svg.Append(CultureInfo.InvariantCulture, $"  <circle class=\"f{colour}\" cx=\"{X(bytes):F1}\" cy=\"{Y(lost):F1}\" r=\"3.5\"><title>{curve.Name}: {bytes:N0} bytes, {lost:F2} points lost</title></circle>\n");
        }
        foreach (Crossover crossing in Crossovers(curves))
            svg.Append(CultureInfo.InvariantCulture, $"  <circle class=\"ring\" fill=\"none\" cx=\"{X(crossing.Bytes):F1}\" cy=\"{Y(crossing.Lost):F1}\" r=\"6\"><title>below {crossing.Bytes:N0} bytes {crossing.Below} is better, above {crossing.Above}</title></circle>\n");
    }

    /// <summary>A curve at a place; null beside it.</summary>
    private static double? At(LossCurve curve, double place)
    {
        (double Place, double Lost)[] points = [.. curve.Points.Select(p => (Math.Log(p.Bytes), p.Lost)).Order()];
        for (int i = 0; i + 1 < points.Length; i++)
            if (place >= points[i].Place && place <= points[i + 1].Place && points[i + 1].Place > points[i].Place)
                return points[i].Lost + (points[i + 1].Lost - points[i].Lost) * (place - points[i].Place) / (points[i + 1].Place - points[i].Place);
        return null;
    }

    private static string Dash(int curve) => s_dashes[curve / s_colours.Length % s_dashes.Length] is { Length: > 0 } dash ? $" stroke-dasharray=\"{dash}\"" : "";
}
