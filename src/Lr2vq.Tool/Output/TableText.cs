using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Spectre.Console;

namespace Lr2vq.Tool.Output;

/// <summary>A table: drawn on a terminal, aligned text elsewhere.</summary>
internal sealed class TableText(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Columns from this one on hold numbers and are aligned to the right.</summary>
    public int FirstNumber { get; init; } = 1;

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(ToolContext context)
    {
        if (context.IsTerminal) WriteDrawn();
        else WritePlain(context);
    }

    private void WritePlain(ToolContext context)
    {
        int[] widths = new int[columns.Length];
        foreach (string[] row in _rows.Prepend(columns))
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        foreach (string[] row in _rows.Prepend(columns))
            context.Output.WriteLine(string.Join("  ", row.Select((cell, i) => i < FirstNumber ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }

    // The drawing library is loaded only here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteDrawn()
    {
        Table table = new() { Border = TableBorder.Simple };
        for (int i = 0; i < columns.Length; i++)
        {
            TableColumn column = new(Markup.Escape(columns[i]))
            {
                Alignment = i < FirstNumber ? Justify.Left : Justify.Right,
                NoWrap = true,
            };
            table.AddColumn(column);
        }
        foreach (string[] row in _rows) table.AddRow(row.Select(cell => new Text(cell)));
        AnsiConsole.Write(table);
    }
}
