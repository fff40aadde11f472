using System;
using System.Runtime.InteropServices;
using Lr2vq.Kernels;
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
    /// <summary>Elements of any type, exact: planes of differences that name their repetitions.</summary>
    ElementPlanes = 6,
    /// <summary>f32: one number everywhere.</summary>
    Fill = 7,
    /// <summary>f32: the ranges of another matrix, rows and columns exchanged.</summary>
    Turned = 8,
    /// <summary><see cref="Transform"/> with scales of input channels beside those of rows.</summary>
    ScaledTransform = 9,
    /// <summary><see cref="Transform"/> whose levels two quantizers give in turns, along the rows of each column (<see cref="TrellisCoder"/>).</summary>
    Trellis = 10,
    /// <summary><see cref="Trellis"/> with scales of input channels.</summary>
    ScaledTrellis = 11,
    /// <summary>Signs with a scale for each group, one or several stages added.</summary>
    Binary = 12,
    /// <summary>Two factors (SVD), each in a format of its own.</summary>
    LowRank = 13,
    /// <summary>Sparse, entropy-coded coefficients in a small dictionary.</summary>
    Sparse = 14,
    /// <summary>f32: levels of 8 bits and the scales of rows, exact.</summary>
    Grid = 15,
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

    /// <summary>The weight as a projection and a narrower weight, if its format has that form and it is worth using; else null.</summary>
    public virtual ProjectedWeight? AsProjected() => null;

    /// <summary>The weight as two weights that are applied one after the other, if it has few enough components; else null.</summary>
    public virtual FactoredWeight? AsFactors() => null;

    /// <summary>The codes themselves, if each is a byte that names one subvector along the input channels, and subvectors are whole; else null.</summary>
    public virtual ByteCodebook? AsByteCodebook() => null;

    /// <summary>The weight as whole numbers that few inputs are multiplied with directly; null if its format has no such form.</summary>
    public virtual LevelWeight? AsLevels() => null;

    /// <summary>Where the panel of the sixteen rows from <paramref name="first"/> lies, as <see cref="DecodePanel16"/> would write it for the input
    /// channels from <paramref name="firstInput"/> (a multiple of 16) to the last, or to any multiple of 16; null where it has to be decoded. The panels of
    /// the rows that follow are <see cref="PanelPitch"/> floats apart.</summary>
    public virtual float* PanelAt(int first, int firstInput) => null;

    /// <summary>Floats between panels that are read side by side: sixteen more than a panel has, so that streams do not share cache sets where that
    /// is a power of two.</summary>
    public long PanelPitch => Columns * 16L + 16;

    /// <summary>True if one vector is multiplied straight from the codes; false where a format has no better way than panels.</summary>
    public virtual bool HasProducts => false;

    /// <summary>Vectors up to which products are faster than panels.</summary>
    public virtual int RowsOfProducts => HasProducts ? 1 : 0;

    /// <summary>What <see cref="AddProducts"/> takes for x [<see cref="Columns"/>], in canonical order: x itself, or its projection.</summary>
    /// <param name="scratch">At least 32·<see cref="Columns"/> floats, where the projection lies until it is used.</param>
    public virtual float* ForProducts(float* x, float* scratch, Isa isa) => x;

    /// <summary>y[row] += Σ x[column] · weight[row, column] for some rows, straight from the codes, where <see cref="HasProducts"/>.</summary>
    /// <param name="x">What <see cref="ForProducts"/> gave.</param>
    /// <param name="y">All <see cref="Rows"/>.</param>
    /// <param name="first">A multiple of 16.</param>
    public virtual void AddProducts(float* x, float* y, int first, int count, Isa isa) => throw new NotSupportedException();

    /// <summary>Decodes sixteen rows from <paramref name="first"/> (rows beyond the last are zero) into a panel for the input channels
    /// [firstInput, firstInput + inputs), in the order in which convolution kernels stream it:
    /// [block of 16 input channels][tap = y·Kw + x][input channel in the block][16 rows]. The last block is as short as its channels are.
    /// So the row vector of (i, tap) starts at float ((i − i mod 16)·taps + tap·lanes + i mod 16)·16, where i counts from firstInput and
    /// lanes = min(16, inputs − (i − i mod 16)).</summary>
    /// <param name="firstInput">A multiple of 16.</param>
    /// <param name="scratch">At least 16·Columns floats; a codec with a direct way need not touch it.</param>
    public virtual void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch)
    {
        int taps = KernelHeight * KernelWidth, count = Math.Min(16, Rows - first);
        DecodeRows(first, count, scratch, Columns);
        if (count < 16) NativeMemory.Clear(scratch + (long)count * Columns, (nuint)((16 - count) * (long)Columns * sizeof(float)));
        Transpose16.ToPanel(scratch + (long)firstInput * taps, Columns, inputs, taps, panel);
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
