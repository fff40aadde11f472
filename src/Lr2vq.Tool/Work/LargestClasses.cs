using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool.Work;

/// <summary>The largest values of an output [N, classes] or [classes], with labels and shares.</summary>
internal sealed class LargestClasses
{
    private const int ShownRows = 8;

    private readonly string _name;
    private readonly double[] _values;
    private readonly int _classes, _count;
    private readonly IReadOnlyList<string>? _labels;

    private LargestClasses(string name, double[] values, int classes, int count, IReadOnlyList<string>? labels) =>
        (_name, _values, _classes, _count, _labels) = (name, values, classes, count, labels);

    private int Rows => _values.Length / _classes;

    /// <summary>Null if the output has no classes, or, with a diagnostic, if the labels are not as many.</summary>
    public static LargestClasses? TryMake(string name, NpyFile output, int count, string? labelFile, IReadOnlyList<string>? labels, DiagnosticBag bag)
    {
        if (!HasClasses(output)) return null;
        int classes = output.Shape[^1];
        if (labels is null || labels.Count == classes) return new LargestClasses(name, TensorSummary.ToDoubles(output), classes, Math.Min(count, classes), labels);
        bag.Add(DiagnosticCatalogue.LabelsDoNotFit.At(new DiagnosticPlace(labelFile), labelFile, labels.Count, name, classes));
        return null;
    }

    /// <summary>Whether the last dimension of an output counts classes.</summary>
    public static bool HasClasses(NpyFile output) =>
        output.Type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 && output.Shape.Length is 1 or 2 && output.Shape[^1] > 1;

    /// <summary>The largest classes of the first row with their shares.</summary>
    public static IReadOnlyList<(int Class, double Share)> Of(NpyFile output, int count)
    {
        int classes = output.Shape[^1];
        LargestClasses largest = new("", TensorSummary.ToDoubles(output), classes, Math.Min(count, classes), null);
        if (largest.Rows == 0) return [];
        double[] shares = largest.Shares(0, out _);
        return [.. largest.Order(0).Select(index => (index, shares[index]))];
    }

    public void Write(ToolContext context)
    {
        for (int row = 0; row < Math.Min(Rows, ShownRows); row++)
        {
            double[] shares = Shares(row, out bool isDistribution);
            string which = Rows > 1 ? $" of row {row}" : "";
            string kind = isDistribution ? "which is a distribution already" : "share: its softmax";
            context.Output.WriteLine();
            context.Output.WriteLine(Words.Shorten($"{_count} largest of {_classes} values{which} of {_name}, {kind}", context.Width));
            string[] columns = isDistribution ? ["label", "class", "value"] : ["label", "class", "value", "share"];
            TableText table = new(columns) { FirstNumber = 1 };
            foreach (int index in Order(row))
            {
                string[] cells = [_labels?[index] ?? "-", Words.Whole(index), TensorSummary.Text(Value(row, index)), TensorSummary.Text(shares[index])];
                table.Add(cells[..columns.Length]);
            }
            table.Write(context, context.Width);
        }
        if (Rows > ShownRows) context.Output.WriteLine($"{Rows - ShownRows} more rows");
    }

    public JsonArray ToJson()
    {
        JsonArray rows = [];
        for (int row = 0; row < Rows; row++)
        {
            double[] shares = Shares(row, out bool isDistribution);
            rows.Add((JsonNode)new JsonObject
            {
                ["isDistribution"] = isDistribution,
                ["largest"] = new JsonArray([.. Order(row).Select(index => new JsonObject
                {
                    ["class"] = index,
                    ["label"] = _labels?[index],
                    ["value"] = Value(row, index),
                    ["share"] = shares[index],
                })]),
            });
        }
        return rows;
    }

    private double Value(int row, int index) => _values[row * _classes + index];

    private IEnumerable<int> Order(int row) => Enumerable.Range(0, _classes).OrderByDescending(i => Value(row, i)).ThenBy(i => i).Take(_count);

    /// <summary>The values themselves if none is below 0 and their sum is 1; else their softmax.</summary>
    private double[] Shares(int row, out bool isDistribution)
    {
        const double tolerance = 1e-3;
        double[] values = _values[(row * _classes)..((row + 1) * _classes)];
        isDistribution = values.All(v => v >= 0) && Math.Abs(values.Sum() - 1) < tolerance;
        if (isDistribution) return values;
        double largest = values.Max();
        double[] powers = [.. values.Select(v => Math.Exp(v - largest))];
        double sum = powers.Sum();
        return [.. powers.Select(p => p / sum)];
    }
}
