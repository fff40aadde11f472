using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>Faces with a score above 0.7 after suppression of boxes that overlap by more than 0.3.</summary>
/// <param name="scores">The output [1, boxes, 2]: no face, face.</param>
/// <param name="boxes">The output [1, boxes, 4]: left, top, right, bottom.</param>
internal sealed class FaceCount(int scores, int boxes) : TaskMeasure("faces")
{
    private const double Score = 0.7, Overlap = 0.3;

    private int _original, _compressed;

    public override double? Original => _original;

    public override double Value => _compressed;

    public override void Add(HostTensor[] original, HostTensor[] compressed)
    {
        _original += Count(original);
        _compressed += Count(compressed);
    }

    private int Count(HostTensor[] outputs)
    {
        double[] score = outputs[scores].ToDoubles(), box = outputs[boxes].ToDoubles();
        List<int> kept = [];
        foreach (int i in Enumerable.Range(0, score.Length / 2).Where(i => score[2 * i + 1] > Score).OrderByDescending(i => score[2 * i + 1]))
            if (kept.All(k => OverlapOf(box.AsSpan(4 * i, 4), box.AsSpan(4 * k, 4)) <= Overlap)) kept.Add(i);
        return kept.Count;
    }

    private static double OverlapOf(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double width = Math.Max(0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0])), height = Math.Max(0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]));
        double both = width * height;
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both + 1e-12);
    }
}
