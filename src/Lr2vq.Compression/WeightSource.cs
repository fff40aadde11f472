using System;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>A weight to compress. Values are read when asked for, so that one tensor at a time is in memory.</summary>
internal abstract class WeightSource(TensorIdentity identity)
{
    private string? _contentHash, _turnedHash;
    private ulong? _sum;
    private bool? _isUniform, _isGrid;

    /// <summary>Name, role, type, shape and groups.</summary>
    public TensorIdentity Identity { get; } = identity;

    /// <summary>A convolution or product that reads an input of the network.</summary>
    public bool IsFirst { get; init; }

    /// <summary>The last product before the outputs.</summary>
    public bool IsClassifier { get; init; }

    /// <summary>Only steps read it that run when the data are so; whoever measures outputs may never see what it does.</summary>
    public bool IsUnseen { get; init; }

    /// <summary>What samples show of the inputs, for methods that ask for it; null if nothing is known.</summary>
    public Methods.InputMetric? Inputs { get; set; }

    /// <summary>A basis of the kernel taps that weights may share, made when the first asks; null for none.</summary>
    public Lazy<Methods.CommonBasis>? Common { get; set; }

    /// <summary>Number of weights.</summary>
    public long Length
    {
        get
        {
            long length = 1;
            foreach (int dimension in Identity.Shape) length *= dimension;
            return length;
        }
    }

    public bool IsDepthwise => Identity.Groups > 1 && Identity.Canonical.Inputs == 1
        && Identity.Role is WeightRole.Conv or WeightRole.ConvTranspose;

    /// <summary>The bits of all values added up, in any order: mostly different for different weights.</summary>
    public ulong Sum
    {
        get
        {
            if (_sum is { } known) return known;
            ulong sum = 0;
            if (Identity.Type == ElementType.Float32) foreach (uint bits in MemoryMarshal.Cast<float, uint>(Read())) sum += bits;
            else foreach (byte value in ReadRaw()) sum += value;
            _sum = sum;
            return sum;
        }
    }

    /// <summary>SHA-256 of the values in canonical order: equal for an embedding and the product that is tied to it.</summary>
    public string ContentHash => _contentHash ??= Convert.ToHexString(SHA256.HashData(
        Identity.Type == ElementType.Float32 ? MemoryMarshal.AsBytes<float>(Read()) : ReadRaw()));

    /// <summary>SHA-256 of a matrix with rows and columns exchanged.</summary>
    public string TurnedHash => _turnedHash ??= Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(Turned())));

    /// <summary>All weights have the same bits. Read once.</summary>
    public bool IsUniform
    {
        get
        {
            if (_isUniform is { } known) return known;
            ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(Read());
            _isUniform = bits.Length > 0 && !bits.ContainsAnyExcept(bits[0]);
            return _isUniform.Value;
        }
    }

    /// <summary>The network rounds its values to 8 bits or so; where it does not, weights that lie on a grid are floats like others.</summary>
    public bool WasQuantized { get; init; }

    /// <summary>All weights are whole multiples of the scale of their row, in 8 bits: they were quantized already. Read once.</summary>
    public bool IsGrid => _isGrid ??= Identity.Type == ElementType.Float32 && GridTensor.TryPack(Identity, Read()) is not null;

    /// <summary>The weights, f32, in canonical order (see <see cref="WeightTensor"/>). Called more than once, from any thread.</summary>
    public abstract void ReadCanonical(Span<float> destination);

    /// <summary>The values of a tensor that is not f32, little-endian, in ONNX order.</summary>
    public abstract byte[] ReadRaw();

    /// <summary>All weights, f32, in canonical order.</summary>
    public float[] Read()
    {
        float[] weights = new float[Length];
        ReadCanonical(weights);
        return weights;
    }

    private float[] Turned()
    {
        int rows = Identity.Canonical.Rows, columns = Identity.Canonical.Inputs;
        float[] weights = Read(), turned = new float[weights.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) turned[c * rows + r] = weights[r * columns + c];
        return turned;
    }
}
