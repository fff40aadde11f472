using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>Two factors of a weight: <c>W = Σ left[c]·right[c]ᵀ</c>, each stored by a codec of its own. Expanded to fp32 when it is opened; the factors
/// are kept where they are much smaller: convolutions may and products do apply one after the other in place of the weight.</summary>
/// <remarks>Parameters: unfolding u8, rank i32, formats of both factors u8 and u8, length of the left's parameters u8, bytes of its codes, codebook and
/// dense range i32 each, then the parameters of both. The ranges are those of the left, then those of the right. Factors are matrices [rank, length],
/// so that each component has scales of its own. Sums go in the order of components, so every machine has the same bits.</remarks>
internal sealed unsafe class LowRankTensor : WeightTensor
{
    /// <summary>Bytes of the parameters without those of the factors.</summary>
    public const int ParameterBytes = 20;

    // Factors are applied one after the other where they have at most so large a share of the numbers, which are the multiply-adds of a position.
    private const double MostOfNumbers = 0.75;

    // Columns of the product that are summed side by side.
    private const int Tile = 16;

    private readonly WeightTensor _weights;
    private readonly FactoredWeight _factors;
    private readonly float* _left;      // [rows][rank]; null for a convolution
    private readonly float* _right;     // [rank][columns]

    private LowRankTensor(in TensorPayload payload, WeightTensor weights, FactoredWeight factors, float* left, float* right)
        : base(payload.Name, payload.Role, payload.Type, payload.Shape, payload.Groups)
    {
        _weights = weights;
        _factors = factors;
        _left = left;
        _right = right;
    }

    /// <summary>What lies in memory.</summary>
    public override TensorFormat Format => _weights.Format;

    /// <summary>Packs factors [rank, length of the unfolding's sides].</summary>
    public static EncodedTensor Pack(TensorIdentity identity, Unfolding unfolding, EncodedTensor left, EncodedTensor right)
    {
        byte[] parameters = new byte[ParameterBytes + left.Parameters.Length + right.Parameters.Length];
        parameters[0] = (byte)unfolding;
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(1), left.Shape[0]);
        parameters[5] = (byte)left.Format;
        parameters[6] = (byte)right.Format;
        parameters[7] = checked((byte)left.Parameters.Length);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(8), left.Codes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(12), left.Codebook.Length);
        BinaryPrimitives.WriteInt32LittleEndian(parameters.AsSpan(16), left.Dense.Length);
        left.Parameters.CopyTo(parameters.AsSpan(ParameterBytes));
        right.Parameters.CopyTo(parameters.AsSpan(ParameterBytes + left.Parameters.Length));
        return identity.With(TensorFormat.LowRank, parameters, [.. left.Codes, .. right.Codes], [.. left.Codebook, .. right.Codebook], [.. left.Dense, .. right.Dense]);
    }

    /// <summary>The rank of what <see cref="Pack"/> gave.</summary>
    public static int RankOf(EncodedTensor packed) => BinaryPrimitives.ReadInt32LittleEndian(packed.Parameters.AsSpan(1));

    /// <summary>What the parameters say; the numbers are those of the left factor.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        (TensorPayload left, _, _, int rank) = Parts(payload, payload.Memory);
        TensorDescription factor = CodecTable.Describe(left);
        return new TensorDescription { Method = "svd", D = rank, Step = factor.Step, Bits = factor.Bits, Encoding = factor.Step is null ? factor.Encoding : "levels", IsScaled = factor.IsScaled };
    }

    public static WeightTensor Open(in TensorPayload payload)
    {
        using var memory = new NativeArena();
        (TensorPayload leftPart, TensorPayload rightPart, Unfolding unfolding, int rank) = Parts(payload, memory);
        WeightTensor left = CodecTable.Open(leftPart), right = CodecTable.Open(rightPart);
        int rows = left.Columns, columns = right.Columns;
        float* l = memory.AllocateFloats((long)rank * rows), r = memory.AllocateFloats((long)rank * columns + Tile), turned = memory.AllocateFloats((long)rank * rows);
        left.DecodeRows(0, rank, l, rows);
        right.DecodeRows(0, rank, r, columns);
        for (int c = 0; c < rank; c++)
            for (int row = 0; row < rows; row++) turned[(long)row * rank + c] = l[(long)c * rows + row];
        int width = unfolding == Unfolding.Axes ? payload.Canonical.KernelWidth : 1;
        float* line = width > 1 ? memory.AllocateFloats(columns) : null;
        WeightTensor weights = ExpandedWeights.Of(payload, (first, count, to) =>
        {
            if (width == 1)
            {
                Multiply(turned + (long)first * rank, count, rank, r, columns, to);
                return;
            }
            for (int row = 0; row < count * width; row++)
            {
                Multiply(turned + ((long)first * width + row) * rank, 1, rank, r, columns, line);
                float* at = to + (long)(row / width) * columns * width + row % width;
                for (int column = 0; column < columns; column++, at += width) *at = line[column];
            }
        });
        bool isProduct = payload.Role is WeightRole.Gemm or WeightRole.MatMul;
        if (!isProduct && payload is not { Role: WeightRole.Conv, Groups: 1 } || (double)rank * ((long)rows + columns) > MostOfNumbers * rows * columns) return weights;
        FactoredWeight factors = Factors(payload, turned, r, rank, width);
        if (!isProduct) return new LowRankTensor(payload, weights, factors, null, null);
        float* keptLeft = payload.Memory.AllocateFloats((long)rank * rows), keptRight = payload.Memory.AllocateFloats((long)rank * columns);
        NativeMemory.Copy(turned, keptLeft, (nuint)((long)rank * rows * sizeof(float)));
        NativeMemory.Copy(r, keptRight, (nuint)((long)rank * columns * sizeof(float)));
        return new LowRankTensor(payload, weights, factors, keptLeft, keptRight);
    }

    /// <summary>The factors as weights of their own.</summary>
    /// <param name="left">[rows, rank] of the unfolding.</param>
    /// <param name="right">[rank, columns].</param>
    /// <param name="width">Width of the kernel where it belongs to the rows; else 1.</param>
    private static FactoredWeight Factors(in TensorPayload payload, float* left, float* right, int rank, int width)
    {
        CanonicalShape shape = payload.Canonical;
        bool isProduct = payload.Role != WeightRole.Conv;
        TensorPayload first = payload, second = payload;
        first.Role = second.Role = isProduct ? WeightRole.Gemm : WeightRole.Conv;
        first.Shape = isProduct ? [rank, shape.Inputs] : [rank, shape.Inputs, shape.KernelHeight, width > 1 ? 1 : shape.KernelWidth];
        second.Shape = isProduct ? [shape.Rows, rank] : [shape.Rows, rank, 1, width];
        int columns = checked(shape.Inputs * shape.KernelHeight * (width > 1 ? 1 : shape.KernelWidth));
        return new FactoredWeight(
            ExpandedWeights.Of(first, (row, count, to) => NativeMemory.Copy(right + (long)row * columns, to, (nuint)((long)count * columns * sizeof(float)))),
            ExpandedWeights.Of(second, (row, count, to) =>
            {
                for (long line = (long)row * width; line < (long)(row + count) * width; line++)
                    for (int c = 0; c < rank; c++) to[((line / width - row) * rank + c) * width + line % width] = left[line * rank + c];
            }));
    }

    public override float* PanelAt(int first, int firstInput) => _weights.PanelAt(first, firstInput);

    public override void DecodeRows(int first, int count, float* destination, long stride) => _weights.DecodeRows(first, count, destination, stride);

    public override void DecodePanel16(int first, int firstInput, int inputs, float* panel, float* scratch) =>
        _weights.DecodePanel16(first, firstInput, inputs, panel, scratch);

    public override FactoredWeight? AsFactors() => _factors;

    public override bool HasProducts => _left != null;

    public override float* ForProducts(float* x, float* scratch, Isa isa)
    {
        NativeMemory.Clear(scratch, (nuint)_factors.Rank * sizeof(float));
        DotProducts.Add(x, _right, Columns, _factors.Rank, scratch, isa);
        return scratch;
    }

    public override void AddProducts(float* x, float* y, int first, int count, Isa isa) =>
        DotProducts.Add(x, _left + (long)first * _factors.Rank, _factors.Rank, count, y + first, isa);

    /// <summary>Both factors as payloads of their own, and what the parameters say.</summary>
    private static (TensorPayload Left, TensorPayload Right, Unfolding Unfolding, int Rank) Parts(in TensorPayload payload, NativeArena memory)
    {
        CanonicalShape shape = payload.Canonical;
        var reader = new ParameterReader(payload);
        var unfolding = (Unfolding)reader.Byte("unfolding", 0, 1);
        // Sides divide the number of weights, so neither overflows.
        if (payload.Elements is <= 0 or > int.MaxValue) throw payload.Invalid($"has {payload.Elements} weights, which no factors make");
        (int rows, int columns) = unfolding.SidesOf(shape);
        int rank = reader.Int32("rank", 1, Math.Min(rows, columns));
        TensorPayload left = payload, right = payload;
        left.Role = right.Role = WeightRole.Gemm;
        left.Groups = right.Groups = 1;
        left.Memory = right.Memory = memory;
        left.Format = (TensorFormat)reader.Byte("format of a factor");
        right.Format = (TensorFormat)reader.Byte("format of a factor");
        foreach (TensorFormat format in (ReadOnlySpan<TensorFormat>)[left.Format, right.Format])
            // What a few bytes describe would expand without a bound, and factors have no factors.
            if (format is not (TensorFormat.Dense or TensorFormat.Scalar or TensorFormat.Codebook or TensorFormat.Residual) && !TransformTensor.Has(format))
                throw payload.Invalid($"has a factor of format {(int)format}");
        int parameters = reader.Byte("length of a factor's parameters", 0, payload.ParametersLength - ParameterBytes);
        left.ParametersLength = parameters;
        left.CodesLength = reader.Int32("length of a factor's codes", 0, (int)Math.Min(int.MaxValue, payload.CodesLength));
        left.CodebookLength = reader.Int32("length of a factor's codebook", 0, (int)Math.Min(int.MaxValue, payload.CodebookLength));
        left.DenseLength = reader.Int32("length of a factor's dense values", 0, (int)Math.Min(int.MaxValue, payload.DenseLength));
        left.ParametersData += ParameterBytes;
        left.Shape = [rank, rows];
        right.ParametersData += ParameterBytes + parameters;
        right.ParametersLength -= ParameterBytes + parameters;
        right.CodesData += left.CodesLength;
        right.CodesLength -= left.CodesLength;
        right.CodebookData += left.CodebookLength;
        right.CodebookLength -= left.CodebookLength;
        right.DenseData += left.DenseLength;
        right.DenseLength -= left.DenseLength;
        right.Shape = [rank, columns];
        return (left, right, unfolding, rank);
    }

    /// <summary>to[row, column] = Σ_c left[row, c] · right[c, column]: products and sums one after the other, never fused.</summary>
    /// <param name="right">Readable for a tile beyond its end.</param>
    [MethodImpl(Compile.Loop)]
    private static void Multiply(float* left, int rows, int rank, float* right, int columns, float* to)
    {
        int column = 0;
        for (; column + Tile <= columns; column += Tile)
            for (int row = 0; row < rows; row++)
            {
                Vector256<float> low = Vector256<float>.Zero, high = Vector256<float>.Zero;
                float* factor = left + (long)row * rank, from = right + column;
                for (int c = 0; c < rank; c++, from += columns)
                {
                    Vector256<float> x = Vector256.Create(factor[c]);
                    low += x * Vector256.Load(from);
                    high += x * Vector256.Load(from + 8);
                }
                low.Store(to + (long)row * columns + column);
                high.Store(to + (long)row * columns + column + 8);
            }
        for (; column < columns; column++)
            for (int row = 0; row < rows; row++)
            {
                float sum = 0f;
                for (int c = 0; c < rank; c++) sum += left[(long)row * rank + c] * right[(long)c * columns + column];
                to[(long)row * columns + column] = sum;
            }
    }
}
