using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>A packed tensor with what decoding it again showed.</summary>
/// <param name="D">Clustering dimensionality; 0 where there is none.</param>
/// <param name="Error">Σ(w − ŵ)².</param>
/// <param name="Energy">Σw².</param>
/// <param name="WorstColumn">Largest Σ(w − ŵ)² ÷ Σw² of the weights that read one input channel.</param>
internal sealed record EncodedWeight(EncodedTensor Tensor, int K, int M, int D, double Step, double Error, double Energy, double WorstColumn);

/// <summary>Does to one tensor what its <see cref="TensorSpec"/> says.</summary>
internal static class TensorEncoder
{
    // Relative error energy that a column of a tensor may have which is small or sensitive.
    private const double ColumnLimit = 0.002;

    // Relative error energy below which a bias may be stored as fp16.
    private const double BiasTolerance = 1e-6;

    /// <param name="step">The global step, for tensors without one of their own.</param>
    /// <param name="form">Contexts and basis of a transform, if they are known already.</param>
    /// <param name="shared">The codebook of the tensor's group, if it shares one.</param>
    public static EncodedWeight Encode(WeightSource source, TensorSpec spec, double step, TransformCoding.Form? form, VectorCodebook? shared,
        int seed, CancellationToken cancellation)
    {
        TensorIdentity identity = source.Identity;
        SeededRandom random = SeededRandom.For(seed, identity.Name);
        switch (spec.Treatment)
        {
            case TensorTreatment.Raw:
                byte[] values = source.ReadRaw();
                return new EncodedWeight(Shortest(identity.With(TensorFormat.Dense, [], dense: values), ElementPlanes.Pack(identity, values)), 0, 0, 0, 0, 0, 0, 0);
            case TensorTreatment.Fill:
                return Checked(source, FillTensor.Pack(identity, source.Read()[0]));
            case TensorTreatment.Fp32:
                return Checked(source, Dense(source, DenseEncoding.Fp32));
            case TensorTreatment.Exact:
                return Checked(source, Exact(source));
            case TensorTreatment.Bias:
                EncodedWeight half = Checked(source, Dense(source, DenseEncoding.Fp16)), whole = Checked(source, Exact(source));
                return half.Error <= BiasTolerance * half.Energy && TensorLengths.Of(half.Tensor).Payload <= TensorLengths.Of(whole.Tensor).Payload ? half : whole;
            case TensorTreatment.Fp16:
                return Finite(source, Checked(source, Dense(source, DenseEncoding.Fp16)));
            case TensorTreatment.BFloat16:
                return Finite(source, Checked(source, Dense(source, DenseEncoding.BFloat16)));
            case TensorTreatment.Int8:
                return KeepingColumns(source, spec, Checked(source, Dense(source, DenseEncoding.Int8)));
            case TensorTreatment.Lossless:
                EncodedTensor planes = Dense(source, DenseEncoding.Planes), exact = RepeatsItself(source.Read()) ? Shortest(planes, Exact(source)) : planes;
                return Checked(source, GridTensor.TryPack(identity, source.Read()) is { } grid ? Shortest(grid, exact) : exact);
            case TensorTreatment.Transform:
                double used = spec.Step ?? step;
                return Checked(source, Transform(source, spec, used, form, cancellation), step: used, m: form?.Basis is null ? 1 : form.Contexts);
            case TensorTreatment.Uniform:
                return Checked(source, GroupScalar.Uniform(source, spec.Bits, spec.Group, cancellation), k: 1 << spec.Bits, m: 1);
            case TensorTreatment.ScalarKMeans:
                return Checked(source, GroupScalar.KMeans(source, Math.Min(spec.K, 1 << spec.Bits), spec.Group, random, cancellation),
                    k: Math.Min(spec.K, 1 << spec.Bits), m: 1);
            case TensorTreatment.Binary:
                return Checked(source, BinaryQuantization.Encode(source, spec.Bits, spec.Group, cancellation), k: 1 << spec.Bits, m: 1);
            case TensorTreatment.LowRank:
                return LowRank(source, spec, new LowRankSpectra(source, spec.LowRank!.Value.ByInputs ? source.Inputs?.Blocks() : null, cancellation));
            case TensorTreatment.Sparse:
                SparseShape sparse = spec.Sparse!;
                return Checked(source, SparseQuantization.Encode(source, sparse, random, cancellation), sparse.Atoms, sparse.M, step: sparse.Step ?? 0);
            case TensorTreatment.Residual:
                VectorShape shape = spec.Vector!;
                return Checked(source, ResidualQuantization.Encode(source, shape, random, cancellation), shape.K, shape.M, shape.M);
            default:
                VectorCodebook codebook = shared ?? VectorQuantization.Train([source], spec.Vector!, random, new Workers(1, cancellation));
                EncodedTensor packed = VectorQuantization.Encode(source, spec.Vector!, codebook, cancellation);
                return Checked(source, packed, codebook.K, codebook.M, codebook.D);
        }
    }

    /// <summary>Factors whose singular vectors are known.</summary>
    public static EncodedWeight LowRank(WeightSource source, TensorSpec spec, LowRankSpectra spectra)
    {
        EncodedTensor factors = spectra.Encode(spec.LowRank!.Value);
        return Checked(source, factors, d: LowRankTensor.RankOf(factors), step: spec.LowRank.Value.Step ?? 0);
    }

    /// <summary>Lengths before anything is encoded: exact for every treatment but entropy-coded ones, for which it is a bound that they meet
    /// only by chance, and d̃ by Rule A′, which is taken as m.</summary>
    /// <param name="first">Index of the first weight of equal content: they share their bytes.</param>
    public static TensorLengths Predict(WeightSource source, TensorSpec spec, int first)
    {
        TensorIdentity identity = source.Identity;
        CanonicalShape shape = identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth, columns = shape.Inputs * taps;
        long n = source.Length;
        (int Parameters, long Codes, long Codebook, long Dense) lengths = spec.Treatment switch
        {
            TensorTreatment.Raw => (0, 0, 0, n * ElementTypes.ByteLength(identity.Type)),
            TensorTreatment.Fill => (4, 0, 0, 0),
            TensorTreatment.Fp32 or TensorTreatment.Exact => (1, 0, 0, 4 * n),
            TensorTreatment.Bias or TensorTreatment.Fp16 or TensorTreatment.BFloat16 => (1, 0, 0, 2 * n),
            TensorTreatment.Int8 => (5, 0, 0, RowScales.BytesPerScale * shape.Rows + n),
            TensorTreatment.Lossless => (1, 4 * n + 20, 0, 0),
            TensorTreatment.Uniform => ScalarTensor.ByteLengths(shape.Rows, columns, spec.Bits, 0, spec.Group),
            TensorTreatment.ScalarKMeans => ScalarTensor.ByteLengths(shape.Rows, columns, spec.Bits, Math.Min(spec.K, 1 << spec.Bits), spec.Group),
            TensorTreatment.Binary => BinaryTensor.ByteLengths(shape.Rows, columns, spec.Bits, spec.Group),
            TensorTreatment.LowRank => LowRankFactorization.ByteLengths(shape, spec.LowRank!.Value),
            TensorTreatment.Sparse => SparseQuantization.ByteLengths(shape, spec.Sparse!),
            TensorTreatment.Transform => (TransformTensor.ParameterBytes, 2 * n + 64, 2 * taps * taps, RowScales.BytesPerScale * shape.Rows),
            _ => Vector(spec.Vector!, shape),
        };
        return new TensorLengths(identity, default, lengths.Parameters, new StoredRange(lengths.Codes, first),
            new StoredRange(lengths.Codebook, spec.Share > 0 ? (nameof(spec.Share), spec.Share) : first), new StoredRange(lengths.Dense, first));
    }

    private static (int Parameters, long Codes, long Codebook, long Dense) Vector(VectorShape shape, CanonicalShape canonical)
    {
        int[] k = new int[shape.Stages];
        Array.Fill(k, shape.K);
        return CodebookTensor.ByteLengths(SliceOrder.Of(canonical, shape.Axis, shape.M), k, shape.Rank, shape.Encoding, shape.Scaled);
    }

    private static EncodedTensor Transform(WeightSource source, TensorSpec spec, double step, TransformCoding.Form? form, CancellationToken cancellation)
    {
        PanelOrder order = PanelOrder.Of(source.Identity.Canonical);
        float[] weights = source.Read();
        WeightScales scales = WeightScales.Of(weights, source.Identity, spec, cancellation);
        scales.Divide(weights);
        form ??= TransformCoding.Choose(weights, order, step, spec, source.Common);
        TransformCoding.Rotate(weights, form, order.Taps);
        if (!spec.Trellis || !TrellisCoding.Serves(weights, order, step)) return TransformCoding.Encode(source.Identity, weights, scales, form, step, cancellation).Tensor;
        // Widening rows changes what the other would start from.
        TransformCoding.Coded plain = source.Length < TrellisCoding.AlwaysWorth ? TransformCoding.Encode(source.Identity, weights, scales, form, step, cancellation) : default;
        TransformCoding.Coded trellis = TrellisCoding.Encode(source.Identity, weights, scales, form, step, cancellation);
        return plain.Tensor is null || trellis.Cost(step) < plain.Cost(step) ? trellis.Tensor : plain.Tensor;
    }

    private static EncodedTensor Dense(WeightSource source, DenseEncoding encoding) => DenseTensor.Pack(source.Identity, source.Read(), encoding);

    /// <summary>int8, or the first of fp16 and fp32 that leaves no column with more error than <see cref="ColumnLimit"/>, if int8 was our choice.</summary>
    private static EncodedWeight KeepingColumns(WeightSource source, TensorSpec spec, EncodedWeight int8)
    {
        if (!spec.IsSpared || int8.WorstColumn <= ColumnLimit) return int8;
        EncodedWeight half = Finite(source, Checked(source, Dense(source, DenseEncoding.Fp16)));
        return half.WorstColumn <= ColumnLimit ? half : Checked(source, Exact(source));
    }

    /// <summary>fp32 where a narrower format overflows.</summary>
    private static EncodedWeight Finite(WeightSource source, EncodedWeight narrow) =>
        double.IsFinite(narrow.Error) ? narrow : Checked(source, Dense(source, DenseEncoding.Fp32));

    private static EncodedWeight Checked(WeightSource source, EncodedTensor packed, int k = 0, int m = 0, int d = 0, double step = 0)
    {
        (double error, double energy, double worst) = Verification.Compare(source, packed);
        return new EncodedWeight(packed, k, m, d, step, error, energy, worst);
    }

    /// <summary>fp32 without loss, in the shortest form.</summary>
    private static EncodedTensor Exact(WeightSource source)
    {
        float[] weights = source.Read();
        return Shortest(DenseTensor.Pack(source.Identity, weights, DenseEncoding.Fp32), DenseTensor.Pack(source.Identity, weights, DenseEncoding.Planes),
            ElementPlanes.Pack(source.Identity, MemoryMarshal.AsBytes<float>(weights)));
    }

    /// <summary>True if most weights are the one before again.</summary>
    private static bool RepeatsItself(ReadOnlySpan<float> weights)
    {
        ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(weights);
        int repeated = 0;
        for (int i = 1; i < bits.Length; i++) if (bits[i] == bits[i - 1]) repeated++;
        return repeated > bits.Length / 2;
    }

    /// <summary>The first of the shortest.</summary>
    private static EncodedTensor Shortest(params EncodedTensor[] forms) => forms.MinBy(form => TensorLengths.Of(form).Payload)!;
}
