using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Training.Networks;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>Entries and basis that one tensor, or several, read, and the one place where they go from one phase of a recipe to the next.</summary>
/// <remarks>In the phase "lowrank" subvectors z are free and w = z·B; d̃ = m has no basis, and they are the weights themselves. From there to codes go the principal components of what
/// training made of the weights: they span what B spans, so nothing is lost, and are orthonormal, so distances of z are distances of w again; then k-means, both those of the search.
/// In the phase "soft" z goes on, with centres that follow from it (<see cref="SoftCodes"/>). In all other phases codes are frozen; entries and basis are trained as they
/// are rounded. In the phase "layers" that happens layer after layer: those before are fixed, those behind are still the model's.</remarks>
internal sealed class VectorCodes
{
    public const string LowRank = "lowrank", SoftPhase = "soft", Layers = "layers";

    /// <summary>How far the temperature falls over a phase of soft codes.</summary>
    private const double Cooling = 0.01;

    private const int Turns = 2;

    private readonly List<VectorWeight> _members = [];
    private readonly HashSet<VectorWeight> _served = [];
    private readonly SliceAxis _axis;
    private readonly EntryEncoding _encoding;
    private readonly int _number;
    private readonly Tensor _start = zeros(1);      // temperature at the start of a phase
    private Dictionary<VectorWeight, CodebookFactors>? _clustered;
    private Tensor? _centres;
    private string _phase = "";
    private bool _isFirst = true;
    private double _progress;

    /// <param name="factors">What the search gave.</param>
    /// <param name="number">Of the layer.</param>
    public VectorCodes(CodebookFactors factors, int number)
    {
        (_axis, _encoding, _number) = (factors.Axis, factors.Encoding, number);
        (M, D, K) = (factors.M, factors.D, factors.Entries[0].Length / factors.D);
        Set(factors);
    }

    public int M { get; }

    public int D { get; }

    public int K { get; }

    /// <summary>How many layers take turns.</summary>
    public int Count { get; set; } = 1;

    /// <summary>[k, d]; trained where codes are frozen.</summary>
    public Tensor Entries { get; private set; } = null!;

    /// <summary>[d, m]; null if d = m.</summary>
    public Parameter? Basis { get; private set; }

    public double Temperature { get; private set; }

    /// <summary>The layer is still the model's.</summary>
    public bool IsWaiting => _phase == Layers && _progress < (double)_number / Count;

    private bool IsFixed => _phase == Layers && _progress >= (_number + 1.0) / Count;

    public IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            if (Entries is Parameter entries) yield return ("entries", entries);
            if (Basis is not null) yield return ("basis", Basis);
        }
    }

    public IEnumerable<(string Name, Tensor Values)> Buffers
    {
        get
        {
            yield return ("temperature", _start);
            if (Entries is not Parameter) yield return ("entries", Entries);
        }
    }

    public void Add(VectorWeight member) => _members.Add(member);

    /// <summary>Told by each member; the first does it for all.</summary>
    public void Begin(string phase)
    {
        if (phase == _phase) return;
        using var off = no_grad();
        bool wasFree = Entries is not Parameter || _phase == LowRank;
        switch (phase)
        {
            case LowRank:
                foreach (VectorWeight member in _members) member.Free(member.Values(_isFirst), soft: false);
                break;
            case SoftPhase:
                float[][] values = [.. _members.Select(member => member.Values(_isFirst))];
                if (_phase == LowRank) Set(Cluster()[_members[0]]);
                for (int i = 0; i < values.Length; i++) _members[i].Free(values[i], soft: true);
                Entries = Entries.detach().clone();
                _start.fill_(SoftCodes.MedianDistance([.. _members.Select(member => member.Vectors)], Entries));
                foreach (VectorWeight member in _members) member.Soft.Find(member.Vectors, Entries);
                break;
            default:
                if (_phase == LowRank)
                {
                    Dictionary<VectorWeight, CodebookFactors> clustered = Cluster();
                    Set(clustered[_members[0]]);
                    foreach (VectorWeight member in _members) member.Freeze(clustered[member].Codes[0], clustered[member].RowScales);
                }
                else if (wasFree)
                {
                    foreach (VectorWeight member in _members) member.FreezeNearest();
                    Entries = new Parameter(Entries);
                }
                foreach (VectorWeight member in _members) member.Wait(phase == Layers);
                break;
        }
        (_phase, _isFirst, _progress, _clustered, _centres) = (phase, false, 0, null, null);
        Temperature = _start.item<float>();
    }

    public void Harden(double progress)
    {
        _progress = progress;
        Temperature = _start.item<float>() * Math.Pow(Cooling, progress);
        (_clustered, _centres) = (null, null);
    }

    /// <summary>Entries as subvectors [k, m], rounded as a file rounds them.</summary>
    public Tensor Words()
    {
        Tensor entries = Rounded(Entries, _encoding), words = Basis is null ? entries : entries.mm(TrainableWeight.Straight(Basis, TrainableWeight.Half));
        return IsFixed ? words.detach() : words;
    }

    /// <summary>Centres that follow from the subvectors of all members, once for each time that all members ask.</summary>
    public Tensor Centres(VectorWeight member)
    {
        // A member that asks again is computed again: its graph may be gone.
        if (_centres is null || !_served.Add(member))
        {
            _served.Clear();
            _served.Add(member);
            _centres = SoftCodes.Update([.. _members.Select(m => (m.Vectors, m.Soft))], Entries, Temperature, Turns);
            if (is_grad_enabled())
            {
                using var off = no_grad();
                Entries.copy_(_centres);
            }
        }
        return _centres;
    }

    /// <summary>Codes for free subvectors, by the search of the format.</summary>
    public Dictionary<VectorWeight, CodebookFactors> Cluster()
    {
        if (_clustered is not null) return _clustered;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        ArrayWeight[] sources = [.. _members.Select(member => new ArrayWeight(member.Identity, member.Values(original: false)))];
        var shape = new VectorShape(_axis, M, K, D == M ? 0 : D, 1, _encoding, _members[0].IsScaled);
        VectorCodebook codebook = VectorQuantization.Train(sources, shape, SeededRandom.For(0, "cluster " + _members[0].Identity.Name), new Workers(1, CancellationToken.None));
        return _clustered = _members.Select((member, i) => (member, CodebookReader.Read(VectorQuantization.Encode(sources[i], shape, codebook, CancellationToken.None)))).ToDictionary(p => p.member, p => p.Item2);
    }

    /// <summary>What a file holds of a member.</summary>
    public CodebookFactors Factors(ushort[] codes, float[] scales) => new()
    {
        Axis = _axis, M = M, D = D, Encoding = _encoding, Codes = [codes], RowScales = scales,
        Entries = [TensorValues.Floats(Entries)], Basis = Basis is { } basis ? TensorValues.Floats(basis) : [],
    };

    private void Set(CodebookFactors factors)
    {
        Entries = new Parameter(TensorValues.Of(factors.Entries[0], K, D));
        Basis = D == M ? null : new Parameter(TensorValues.Of(factors.Basis, D, M));
    }

    /// <summary>Entries [k, d] as <see cref="CodebookEntries"/> writes them.</summary>
    public static Tensor Rounded(Tensor entries, EntryEncoding encoding) => encoding switch
    {
        EntryEncoding.Fp32 => entries,
        EntryEncoding.Fp16 => TrainableWeight.Straight(entries, TrainableWeight.Half),
        _ => TrainableWeight.Straight(entries, x =>
        {
            Tensor scale = TrainableWeight.Half(x.abs().amax([0L], keepdim: true) / 127f).clamp(min: 5.9604645e-8);
            return (x / scale).round().clamp(-127, 127) * scale;
        }),
    };
}
