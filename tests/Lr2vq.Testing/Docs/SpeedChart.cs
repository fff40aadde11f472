using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Testing.Docs;

/// <summary>A chart of bars as SVG: how many times as fast as ONNX Runtime each network is.</summary>
internal static class SpeedChart
{
    private const int Row = 22, Left = 230, Width = 760, Top = 34;

    public static string Write(string title, IReadOnlyList<(string Name, double Ratio)> bars)
    {
        double most = 1;
        foreach ((_, double ratio) in bars) most = Math.Max(most, ratio);
        double scale = (Width - Left - 60) / most;
        int height = Top + bars.Count * Row + 12;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n  <text x=\"{Left}\" y=\"20\" fill=\"#222222\">{title}</text>\n");
        for (int i = 0; i < bars.Count; i++)
        {
            (string name, double ratio) = bars[i];
            int y = Top + i * Row;
            string colour = ratio >= 1 ? "#2a78b8" : "#b85c2a";
            svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{Left - 8}\" y=\"{y + 14}\" text-anchor=\"end\" fill=\"#222222\">{name}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"  <rect x=\"{Left}\" y=\"{y + 2}\" width=\"{ratio * scale:F1}\" height=\"{Row - 6}\" fill=\"{colour}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"  <text x=\"{Left + ratio * scale + 6:F1}\" y=\"{y + 14}\" fill=\"#222222\">{ratio:F2}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture, $"  <line x1=\"{Left + scale:F1}\" y1=\"{Top - 4}\" x2=\"{Left + scale:F1}\" y2=\"{height - 8}\" stroke=\"#222222\" stroke-dasharray=\"4 3\"/>\n</svg>\n");
        return svg.ToString();
    }
}
