using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Output;

/// <summary>A table of aligned text that fits a width: long names in its first column have shorter words, others lose their middle.</summary>
internal sealed class TableText(params string[] columns)
{
    private const string Gap = "  ";

    /// <summary>What a column that gives way keeps at least.</summary>
    private const int Least = 12;

    private readonly List<string[]> _rows = [];

    /// <summary>Columns from this one on hold numbers and are aligned to the right.</summary>
    public int FirstNumber { get; init; } = 1;

    /// <summary>Columns that give way where the table is too wide, the first one first.</summary>
    public IReadOnlyList<int> GivingWay { get; init; } = [0];

    public void Add(params string[] cells) => _rows.Add(Array.ConvertAll(cells, PrintableText.Of));

    /// <param name="context">Where it is written.</param>
    /// <param name="width">Columns of text that there are; 0 for as many as it needs.</param>
    public void Write(ToolContext context, int width)
    {
        int[] widths = new int[columns.Length];
        foreach (string[] row in _rows.Prepend(columns))
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        int excess = width == 0 ? 0 : widths.Sum() + Gap.Length * (widths.Length - 1) - width;
        foreach (int column in GivingWay)
        {
            int given = Math.Clamp(excess, 0, Math.Max(0, widths[column] - Math.Max(Least, columns[column].Length)));
            widths[column] -= given;
            excess -= given;
        }
        foreach (string[] row in _rows.Prepend(columns))
        {
            IEnumerable<string> cells = row.Select((cell, i) =>
                i < FirstNumber ? (i == 0 ? Words.Name(cell, widths[i]) : Words.Shorten(cell, widths[i])).PadRight(widths[i]) : Words.Shorten(cell, widths[i]).PadLeft(widths[i]));
            context.Output.WriteLine(string.Join(Gap, cells).TrimEnd());
        }
    }
}
