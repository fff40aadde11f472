using System;
using System.Collections.Generic;
using System.IO.Enumeration;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>From preset, method and overrides to a decision for each tensor.</summary>
internal sealed class PresetRules
{
    /// <summary>Tensors below this many weights are stored with int8.</summary>
    public const int SmallTensor = 2048;

    private const int FewRows = 4;
    private const int DefaultK = 256;
    private const int FastBits = 6;

    private readonly CompressionOptions _options;
    private readonly bool _bottlenecks;

    public PresetRules(CompressionOptions options, IReadOnlyList<WeightSource> weights)
    {
        _options = options;
        _bottlenecks = IsBottleneckNetwork(weights);
    }

    /// <summary>Decisions in the order of <paramref name="weights"/>; codebooks are shared where each alone would be dear.</summary>
    public static TensorSpec[] Decide(CompressionOptions options, IReadOnlyList<WeightSource> weights)
    {
        var rules = new PresetRules(options, weights);
        TensorSpec[] specs = [.. weights.Select(rules.Decide)];
        EqualWeight[] equal = EqualWeights.Find(weights, options);
        // As one weight that is read in several places: the place that wants most care decides.
        foreach (var group in Enumerable.Range(0, specs.Length).GroupBy(i => equal[i].First).Where(group => group.Skip(1).Any()))
            specs[group.Key] = specs[group.OrderByDescending(i => weights[i].IsFirst).ThenByDescending(i => weights[i].IsClassifier).First()];
        CodebookSharing.Apply(specs, weights, [.. Enumerable.Range(0, specs.Length).Where(i => equal[i].First == i)]);
        for (int i = 0; i < specs.Length; i++) specs[i] = specs[equal[i].First];
        return specs;
    }

    /// <summary>What was found for a name, or the last override that matches it, or null.</summary>
    public static TensorOverride? Match(CompressionOptions options, string name) =>
        options.Found.TryGetValue(name, out TensorOverride? found) ? found : options.Overrides.LastOrDefault(o => FileSystemName.MatchesSimpleExpression(o.Pattern, name, ignoreCase: false));

    private TensorSpec Decide(WeightSource source)
    {
        TensorIdentity identity = source.Identity;
        if (identity.Type != ElementType.Float32) return new TensorSpec(TensorTreatment.Raw, CompressionMethod.Fp32);
        if (identity.Role == WeightRole.Constant) return new TensorSpec(TensorTreatment.Exact, CompressionMethod.Lossless);
        TensorOverride? own = Match(_options, identity.Name);
        bool lossless = _options.Method is CompressionMethod.Fp32 or CompressionMethod.Lossless
            || _options.Preset == Preset.Lossless && _options.Method == CompressionMethod.Auto;
        if (identity.Role == WeightRole.Bias)
        {
            return lossless
                ? new TensorSpec(TensorTreatment.Exact, CompressionMethod.Lossless)
                : new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16);
        }
        if (own?.Method is { } chosen && chosen != CompressionMethod.Auto) return For(source, chosen, own);
        if (_options.Method == CompressionMethod.Auto && source.Length >= SmallTensor && source.IsUniform) return new TensorSpec(TensorTreatment.Fill, CompressionMethod.Lossless);
        // A network that computes with 8 bits stays as it is: Balanced would round what was rounded.
        if (_options is { Method: CompressionMethod.Auto, Preset: Preset.Balanced, TargetRatio: null, MaxBytes: null } && source is { WasQuantized: true, IsGrid: true }) return new TensorSpec(TensorTreatment.Lossless, CompressionMethod.Lossless);
        CompressionMethod method = _options.Method != CompressionMethod.Auto ? _options.Method : OfPreset(_options.Preset);
        bool dense = method is CompressionMethod.Fp32 or CompressionMethod.Fp16 or CompressionMethod.BFloat16 or CompressionMethod.Int8
            or CompressionMethod.Lossless;
        if (!dense && ReasonToSpare(source) is not null)
        {
            bool papers = _options.Preset == Preset.Lr2vq || _options.Slicing is Slicing.PapersSmall or Slicing.PapersLarge;
            method = papers && source.IsFirst && source.Length >= SmallTensor ? CompressionMethod.Fp16 : CompressionMethod.Int8;
            return For(source, method, own) with { IsSpared = true, IsPlain = own is { IsPlain: true } };
        }
        return For(source, method, own);
    }

    private static CompressionMethod OfPreset(Preset preset) => preset switch
    {
        Preset.Fast => CompressionMethod.Uniform,
        Preset.Lr2vq => CompressionMethod.Lr2vq,
        Preset.Lossless => CompressionMethod.Lossless,
        _ => CompressionMethod.Auto,
    };

    /// <summary>Why a tensor is stored with int8 or fp16 unless it is named: few bytes, much harm. Null for all others.</summary>
    public static string? ReasonToSpare(WeightSource source)
    {
        if (source.IsFirst && source.Identity.Role is WeightRole.Conv or WeightRole.ConvTranspose) return "first convolution";
        if (source.IsUnseen) return "in a branch that data choose";
        if (source.IsDepthwise) return "depthwise convolution";
        if (source.Identity.Canonical.Rows < FewRows) return $"fewer than {FewRows} outputs";
        return source.Length < SmallTensor ? $"fewer than {SmallTensor} weights" : null;
    }

    private TensorSpec For(WeightSource source, CompressionMethod method, TensorOverride? own)
    {
        CanonicalShape shape = source.Identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth;
        int? k = own?.K ?? _options.K;
        int m = own?.M ?? _options.M ?? 0;
        if (method == CompressionMethod.KMeans && m > 1) method = CompressionMethod.Pq;
        switch (method)
        {
            case CompressionMethod.Fp32: return new TensorSpec(TensorTreatment.Fp32, method);
            case CompressionMethod.Fp16: return new TensorSpec(TensorTreatment.Fp16, method);
            case CompressionMethod.BFloat16: return new TensorSpec(TensorTreatment.BFloat16, method);
            case CompressionMethod.Int8: return new TensorSpec(TensorTreatment.Int8, method);
            case CompressionMethod.Lossless: return new TensorSpec(TensorTreatment.Lossless, method);
            case CompressionMethod.Uniform:
                return new TensorSpec(TensorTreatment.Uniform, method)
                {
                    Bits = k is { } levels ? Math.Min(8, PackedBits.BitsFor(levels)) : FastBits,
                    Group = GroupScalar.DefaultGroup(taps),
                    IsFlexible = k is null,
                };
            case CompressionMethod.KMeans:
                int entries = Math.Clamp(k ?? 1 << FastBits, 2, 256);
                return new TensorSpec(TensorTreatment.ScalarKMeans, method)
                {
                    K = entries,
                    Bits = PackedBits.BitsFor(entries),
                    Group = GroupScalar.DefaultGroup(taps),
                    IsFlexible = k is null,
                };
            case CompressionMethod.Binary:
                int columns = shape.Inputs * taps;
                return new TensorSpec(TensorTreatment.Binary, method)
                {
                    Bits = k is { } sums ? Math.Min(BinaryTensor.MaxStages, PackedBits.BitsFor(sums)) : 1,
                    Group = m > 0 ? Math.Min(m, columns) : columns,
                    IsFlexible = k is null,
                };
            case CompressionMethod.Joint or CompressionMethod.JointCompact:
                return new TensorSpec(TensorTreatment.LowRank, method)
                {
                    LowRank = new LowRankShape(0, k > 256 ? 16 : 8, k is null ? own?.Step ?? _options.Step : null, false) { ByInputs = true, IsFixedLength = k is not null },
                };
            case CompressionMethod.Svd or CompressionMethod.SvdGram:
                ClusteringDimensionality? rank = own?.D ?? _options.D;
                double? factorStep = own?.Step ?? _options.Step;
                return new TensorSpec(TensorTreatment.LowRank, method)
                {
                    LowRank = new LowRankShape(rank switch { null or { Value: -1 } => 0, { Value: 0 } => -1, { Value: var r } => r }, k > 256 ? 16 : 8, factorStep, rank is not (null or { Value: -1 }))
                    {
                        ByInputs = method == CompressionMethod.SvdGram,
                    },
                    IsFlexible = rank is null or { Value: -1 },
                };
            case CompressionMethod.Qswd:
                int length = Math.Min(m > 0 ? Math.Min(m, SparseTensor.MaxM) : taps > 1 ? Math.Min(taps, SparseTensor.MaxM) : 8, shape.Inputs * taps);
                int atoms = Math.Clamp(k ?? length, 1, SparseTensor.MaxAtoms);
                ClusteringDimensionality? nonZeros = own?.D ?? _options.D;
                bool isFree = nonZeros is null or { Value: -1 };
                return new TensorSpec(TensorTreatment.Sparse, method)
                {
                    Sparse = new SparseShape(length, atoms, isFree ? Math.Max(1, atoms / 3.0) : nonZeros!.Value.Value == 0 ? atoms : Math.Min(atoms, nonZeros.Value.Value), own?.Step ?? _options.Step),
                    IsFlexible = isFree,
                };
            case CompressionMethod.Pq or CompressionMethod.Rvq or CompressionMethod.Lr2vq or CompressionMethod.Bgd or CompressionMethod.Pqf:
                return Vector(source, method, own, k);
            default:
                return Levels(source, _options, method) with { Step = own?.Step ?? _options.Step };
        }
    }

    /// <summary>Uniform levels with the global step.</summary>
    public static TensorSpec Levels(WeightSource source, CompressionOptions options, CompressionMethod method = CompressionMethod.Auto)
    {
        CanonicalShape shape = source.Identity.Canonical;
        bool hasTaps = shape.KernelHeight * shape.KernelWidth > 1;
        return new TensorSpec(TensorTreatment.Transform, hasTaps && method != CompressionMethod.Ecsq ? CompressionMethod.TcEcsq : CompressionMethod.Ecsq)
        {
            Trellis = options.Trellis switch { TrellisUse.On => true, TrellisUse.Off => false, _ => method == CompressionMethod.Auto },
            Basis = method switch { CompressionMethod.Ecsq => false, CompressionMethod.TcEcsq => true, _ => null },
            IsPlain = Match(options, source.Identity.Name) is { IsPlain: true },
        };
    }

    private TensorSpec Vector(WeightSource source, CompressionMethod method, TensorOverride? own, int? k)
    {
        CanonicalShape shape = source.Identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth;
        Slicing slicing = own?.Slicing ?? _options.Slicing;
        bool papers = slicing is Slicing.PapersSmall or Slicing.PapersLarge;
        SliceAxis axis = slicing switch
        {
            Slicing.InputChannel => SliceAxis.InputChannel,
            Slicing.OutputChannel => SliceAxis.OutputChannel,
            Slicing.Spatial => SliceAxis.Spatial,
            // Residual codes need short subvectors: of one tap, along the input channels.
            _ => taps > 1 && (papers || method is CompressionMethod.Lr2vq or CompressionMethod.Bgd or CompressionMethod.Pqf) ? SliceAxis.Spatial : SliceAxis.InputChannel,
        };
        int wanted = own?.M ?? _options.M ?? (papers ? PapersM(source, slicing) : axis == SliceAxis.Spatial && taps > 1 ? (method == CompressionMethod.Pqf && shape.Inputs % 2 == 0 ? 2 * taps : taps) : 4);
        int length = axis switch
        {
            SliceAxis.Spatial => shape.Inputs * taps,
            SliceAxis.InputChannel => shape.Inputs,
            _ => shape.Rows,
        };
        int m = Math.Clamp(wanted, 1, Math.Min(length, CodebookTensor.MaxM));
        if (axis == SliceAxis.Spatial && length % m != 0 && m % taps == 0) m = taps;
        int entries = k ?? DefaultK;
        if (papers && source.IsClassifier) entries = Math.Max(entries, shape.Inputs >= 1024 ? 1024 : 2048);
        long subvectors = SliceOrder.Of(shape, axis, m).Count;
        ClusteringDimensionality? d = own?.D ?? _options.D;
        int clustering = method == CompressionMethod.Lr2vq ? d?.Value ?? -1 : d is { Value: > 0 } fixedD ? fixedD.Value : 0;
        bool residual = method == CompressionMethod.Rvq, byInputs = method == CompressionMethod.Bgd, permuted = method == CompressionMethod.Pqf;
        if (byInputs || permuted) clustering = 0;
        return new TensorSpec(residual ? TensorTreatment.Residual : TensorTreatment.Vector, method)
        {
            Vector = new VectorShape(axis, m, ClampK(entries, subvectors), Math.Min(residual ? 0 : clustering, m), residual ? 2 : 1,
                EntryEncoding.Int8, Scaled: true) { ByInputs = byInputs },
            K = entries,
            // A metric is that of one tensor.
            Share = papers || residual || byInputs || permuted ? 0 : -1,
            IsFlexible = k is null && !papers,
        };
    }

    /// <summary>Largest power of two not above a quarter of the subvectors, if that is below <paramref name="k"/>.</summary>
    public static int ClampK(int k, long subvectors)
    {
        long limit = 1;
        while (limit * 2 <= subvectors / 4 && limit < CodebookTensor.MaxK) limit *= 2;
        return (int)Math.Min(Math.Clamp(k, 1, CodebookTensor.MaxK), limit);
    }

    private int PapersM(WeightSource source, Slicing slicing)
    {
        CanonicalShape shape = source.Identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth;
        bool large = slicing == Slicing.PapersLarge;
        if (source.IsClassifier) return 4;
        if (taps == 1) return large && _bottlenecks ? 8 : 4;
        return large && taps == 9 && shape.Inputs % 2 == 0 ? 2 * taps : taps;
    }

    /// <summary>Networks whose convolutions are for a good part 1×1 (ResNet-50): there the papers' large regime takes m = 8 for those.</summary>
    private static bool IsBottleneckNetwork(IReadOnlyList<WeightSource> weights)
    {
        long pointwise = 0, all = 0;
        foreach (WeightSource source in weights)
        {
            if (source.Identity.Role != WeightRole.Conv) continue;
            CanonicalShape shape = source.Identity.Canonical;
            all += source.Length;
            if (shape.KernelHeight * shape.KernelWidth == 1) pointwise += source.Length;
        }
        return 4 * pointwise > all;
    }
}
