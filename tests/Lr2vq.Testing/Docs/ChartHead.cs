using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Testing.Docs;

/// <summary>What charts begin with: size, title, ground, and the classes of their lines (cN) and marks (fN) on light and dark ground.</summary>
internal static class ChartHead
{
    /// <param name="axis">The selector of lines that are drawn as an axis is.</param>
    /// <param name="colours">For light and for dark ground, by the number of the curve.</param>
    public static void Write(StringBuilder svg, string title, int width, int height, string axis, IReadOnlyList<(string Light, string Dark)> colours)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <title>{title}</title>\n  <style>\n    .ground {{ fill: #ffffff }} text {{ fill: #222222 }} .grid {{ stroke: #dddddd }} {axis} {{ stroke: #888888 }}\n");
        for (int i = 0; i < colours.Count; i++) svg.Append(CultureInfo.InvariantCulture, $"    .c{i} {{ stroke: {colours[i].Light} }} .f{i} {{ fill: {colours[i].Light} }}\n");
        svg.Append(CultureInfo.InvariantCulture, $"    @media (prefers-color-scheme: dark) {{\n      .ground {{ fill: #0d1117 }} text {{ fill: #dddddd }} .grid {{ stroke: #30363d }} {axis} {{ stroke: #8b949e }}\n");
        for (int i = 0; i < colours.Count; i++) svg.Append(CultureInfo.InvariantCulture, $"      .c{i} {{ stroke: {colours[i].Dark} }} .f{i} {{ fill: {colours[i].Dark} }}\n");
        svg.Append("    }\n  </style>\n").Append(CultureInfo.InvariantCulture, $"  <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n");
    }
}
