using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>What became of one tensor.</summary>
/// <param name="Ratio">4 · weights ÷ bytes.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw², of the values decoded again from the packed bytes.</param>
/// <param name="WorstColumn">The largest relative error of the weights that read one input channel; 0 where there are no columns.</param>
/// <param name="Bytes">Bytes of the payload; what several tensors share counts in the first.</param>
internal sealed record TensorReport(TensorIdentity Identity, TensorFormat Format, CompressionMethod Method, string Slicing, int K, int M, int D,
    double Step, long Bytes, double Ratio, double RelativeError, double WorstColumn);

/// <summary>All tensors packed, and what it cost.</summary>
/// <param name="Tensors">In the order of the sources.</param>
/// <param name="Reports">One for each tensor, same order.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw² over all f32 tensors but biases and constants.</param>
/// <param name="WorstTensor">The largest relative error of one of them.</param>
/// <param name="WorstColumn">The largest relative error of an input channel of one of them.</param>
/// <param name="FileBytes">Length of the artifact, as the caller's function predicts it.</param>
/// <param name="Step">The global step of uniform levels; 0 if no tensor has one.</param>
internal sealed record CompressionResult(IReadOnlyList<EncodedTensor> Tensors, IReadOnlyList<TensorReport> Reports, double RelativeError,
    double WorstTensor, double WorstColumn, long FileBytes, double Step)
{
    /// <summary>What the gate measured; null where there was none.</summary>
    public OutputMeasure? Outputs { get; init; }

    /// <summary>What keeps it large; null for nothing.</summary>
    public HeldSize? Held { get; init; }

    /// <summary>The same with other tensors: what changed is decoded and compared.</summary>
    /// <param name="tensors">In the order of the sources.</param>
    /// <param name="sources">The weights.</param>
    /// <param name="fileBytes">Length of the artifact with them.</param>
    public CompressionResult With(IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<WeightSource> sources, long fileBytes, Workers workers)
    {
        var reports = Reports.ToArray();
        var errors = new (double Error, double Energy, double WorstColumn)[reports.Length];
        workers.Run(reports.Length, i => sources[i].Length, i =>
        {
            TensorIdentity identity = sources[i].Identity;
            if (identity.Type != ElementType.Float32 || identity.Role is WeightRole.Bias or WeightRole.Constant) return;
            errors[i] = Verification.Compare(sources[i], tensors[i]);
            double error = errors[i].Energy > 0 ? errors[i].Error / errors[i].Energy : 0;
            // What several tensors share stays with the first.
            long bytes = ReferenceEquals(tensors[i], Tensors[i]) || reports[i].Bytes == 0 ? reports[i].Bytes
                : reports[i].Bytes + PayloadOf(tensors[i]) - PayloadOf(Tensors[i]);
            reports[i] = reports[i] with { RelativeError = error, WorstColumn = errors[i].WorstColumn, Bytes = bytes, Ratio = 4.0 * sources[i].Length / Math.Max(1, bytes) };
        });
        double energy = errors.Sum(e => e.Energy);
        return this with
        {
            Tensors = [.. tensors.Select((tensor, i) => tensor with { RelativeError = (float)reports[i].RelativeError })],
            Reports = reports,
            RelativeError = energy > 0 ? errors.Sum(e => e.Error) / energy : 0,
            WorstTensor = errors.Select(e => e.Energy > 0 ? e.Error / e.Energy : 0).DefaultIfEmpty().Max(),
            WorstColumn = errors.Select(e => e.WorstColumn).DefaultIfEmpty().Max(),
            FileBytes = fileBytes,
            Outputs = null,
            Held = null,
        };
    }

    private static long PayloadOf(EncodedTensor tensor) => TensorLengths.Of(tensor) is var lengths ? lengths.Parameters + lengths.Payload : 0;
}

/// <summary>How far a compression is.</summary>
/// <param name="Fraction">0 to 1.</param>
/// <param name="Stage">What is being done, for a person.</param>
internal readonly record struct CompressionProgress(double Fraction, string Stage);
