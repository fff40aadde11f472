using System;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>Byte format of a tensor in an artifact. The numbers are written to files.</summary>
internal enum TensorFormat
{
    /// <summary>Element by element: as stored, or f32 weights as fp32, fp16, bf16 or int8 with a scale for each output channel.</summary>
    Dense = 0,
    /// <summary>Exact vector quantization: codes and a codebook.</summary>
    Codebook = 1,
    /// <summary>LR²VQ: codes, a codebook in d̃ dimensions, a basis.</summary>
    LowRankCodebook = 2,
    /// <summary>Several codebooks, added.</summary>
    Residual = 3,
    /// <summary>Scalar codebook, or uniform levels, with group scales.</summary>
    Scalar = 4,
    /// <summary>A basis in front of entropy-coded uniform levels (ECSQ, TC-ECSQ).</summary>
    Transform = 5,
}

/// <summary>A weight as it lies in memory: compressed, immutable, read by any number of threads.</summary>
/// <remarks>Canonical form, whatever the format: a matrix of <see cref="Rows"/> = output channels O and <see cref="Columns"/> = I·Kh·Kw
/// in the order i, y, x (I = input channels for each group). ONNX order differs for <see cref="WeightRole.ConvTranspose"/>
/// ([I, O/g, Kh, Kw]; canonical rows are ordered group, then output channel; I is input channels for each group)
/// and for <see cref="WeightRole.MatMul"/> ([I, O], transposed).</remarks>
internal abstract unsafe class WeightTensor
{
    protected WeightTensor(string name, WeightRole role, ElementType type, int[] shape, int groups)
    {
        (Name, Role, Type, Shape, Groups) = (name, role, type, shape, groups);
        (Rows, Inputs, KernelHeight, KernelWidth) = CanonicalShape.Of(role, shape, groups);
    }

    public string Name { get; }
    public WeightRole Role { get; }
    /// <summary>The type that steps see; f32 for everything that is compressed.</summary>
    public ElementType Type { get; }
    /// <summary>The shape as ONNX has it.</summary>
    public int[] Shape { get; }
    public int Groups { get; }
    /// <summary>O, output channels over all groups.</summary>
    public int Rows { get; }
    /// <summary>I, input channels of one group.</summary>
    public int Inputs { get; }
    public int KernelHeight { get; }
    public int KernelWidth { get; }
    /// <summary>I·Kh·Kw.</summary>
    public int Columns => Inputs * KernelHeight * KernelWidth;
    public abstract TensorFormat Format { get; }

    /// <summary>Decodes canonical rows [first, first + count) to f32, row by row, rows <paramref name="stride"/> floats apart
    /// (stride ≥ <see cref="Columns"/>). The same values on every machine and instruction set.</summary>
    public abstract void DecodeRows(int first, int count, float* destination, long stride);

    /// <summary>Decodes sixteen rows from <paramref name="first"/> (rows beyond the last are zero) into a panel
    /// [i − firstInput][y][x][16 rows] for <paramref name="inputs"/> input channels; what convolution kernels stream.</summary>
    /// <param name="scratch">At least 16·Columns floats.</param>
    public virtual void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        int taps = KernelHeight * KernelWidth, count = Math.Min(16, Rows - first);
        DecodeRows(first, count, scratch, Columns);
        long from = (long)firstInput * taps, length = (long)inputs * taps;
        for (long j = 0; j < length; j++)
            for (int r = 0; r < 16; r++)
                panel[j * 16 + r] = r < count ? scratch[r * (long)Columns + from + j] : 0f;
    }
}

/// <summary>The canonical form of a weight: output channels, input channels of one group, kernel height and width.</summary>
internal readonly record struct CanonicalShape(int Rows, int Inputs, int KernelHeight, int KernelWidth)
{
    public static CanonicalShape Of(WeightRole role, int[] shape, int groups)
    {
        int At(int i) => i < shape.Length ? shape[i] : 1;
        return role switch
        {
            WeightRole.Conv => shape.Length == 3 ? new(At(0), At(1), 1, At(2)) : new(At(0), At(1), At(2), At(3)),
            WeightRole.ConvTranspose => shape.Length == 3
                ? new(At(1) * groups, At(0) / groups, 1, At(2))
                : new(At(1) * groups, At(0) / groups, At(2), At(3)),
            WeightRole.MatMul => new(At(1), At(0), 1, 1),
            WeightRole.Gemm or WeightRole.Gather => new(At(0), At(1), 1, 1),
            _ => new(1, Length(shape), 1, 1),
        };
    }

    private static int Length(int[] shape)
    {
        int length = 1;
        foreach (int dimension in shape) length = checked(length * dimension);
        return length;
    }
}
