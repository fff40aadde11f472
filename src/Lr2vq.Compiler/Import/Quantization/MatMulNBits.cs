using System;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MatMulNBits: a product with a weight [N, K] of 2, 4 or 8 bits, whose blocks along K have scales. The weight becomes one of floats.</summary>
internal sealed class MatMulNBits() : MicrosoftOperator("MatMulNBits")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value a = node.Floats(0), packed = node[1];
        int k = node.Int("K", 0), n = node.Int("N", 0), bits = node.Int("bits", 4), block = node.Int("block_size", 0);
        if (k < 1 || n < 1 || block < 1 || a.Rank == 0) throw node.Invalid("K, N or block_size is missing");
        if (bits is not (2 or 4 or 8) || block % (8 / bits) != 0) throw node.Unsupported($"{bits} bits in blocks of {block}");
        if (node.Optional(4) is not null) throw node.Unsupported("g_idx");
        int blocks = (int)(((long)k + block - 1) / block);
        if (packed is not { Constant: { } weight, Type: ElementType.UInt8 } || weight.Count != checked((long)n * blocks * (block * bits / 8))) throw node.Invalid($"the weight {packed} is no constant of {n} by {k} numbers of {bits} bits");
        Value scales = node.Floats(2);
        if (scales.Count != (long)n * blocks) throw node.Invalid($"the scales {scales} do not fit {n} by {blocks} blocks");
        if (!NodeContext.Unify(a.Shape[^1], k)) throw node.Invalid($"{a} does not fit a weight of {k} rows");
        Value zeros = ZeroPoints(node, n, blocks, bits);
        Value levels = builder.Constant(Unpacked(weight, n, k, blocks * block * bits / 8, bits), "levels");
        Value w = builder.Emit("DequantizeLinear", [levels, builder.Reshape(scales, [n, blocks]), zeros], new AttributeList().Add("axis", 1, 1).Add("block_size", block), ElementType.Float32, [n, k]);
        Dimension[] shape = [.. a.Shape[..^1], n];
        Value? bias = node.Optional(5) is null ? null : node.Floats(5);
        if (bias is not null && bias.Count != n) throw node.Invalid($"the bias {bias} does not fit {n} columns");
        Value y = builder.Emit("Gemm", [a, w], new AttributeList().Flag("transB", true), ElementType.Float32, shape, bias is null ? node.OutputName() : null);
        node.Return(bias is null ? y : builder.Binary("Add", y, bias, output: node.OutputName()));
    }

    /// <summary>One zero point for each block; the middle where the node gives none.</summary>
    private static Value ZeroPoints(NodeContext node, int n, int blocks, int bits)
    {
        if (node.Optional(3) is not { } zeros)
            return node.Builder.Expand(node.Builder.Constant(ConstantTensor.Of(ElementType.UInt8, [1, 1], [1L << bits - 1])!, "zero"), [n, blocks]);
        int bytes = (int)(((long)blocks * bits + 7) / 8);
        if (zeros is not { Constant: { } constant, Type: ElementType.UInt8 }) throw node.Unsupported($"zero points {zeros} that are no constant bytes");
        if (constant.Count != (long)n * bytes) throw node.Invalid($"the zero points {zeros} do not fit {n} by {blocks} blocks");
        return node.Builder.Constant(Unpacked(constant, n, blocks, bytes, bits), "zeros");
    }

    /// <summary>Rows of small integers, lowest bits first, as bytes.</summary>
    private static LazyConstant Unpacked(ConstantTensor packed, int rows, int columns, int rowBytes, int bits) => new(ElementType.UInt8, [rows, columns], () =>
    {
        byte[] from = packed.ToBytes(), to = new byte[checked(rows * columns)];
        int each = 8 / bits, mask = (1 << bits) - 1;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) to[r * columns + c] = (byte)(from[r * (long)rowBytes + c / each] >> c % each * bits & mask);
        return to;
    }, packed);
}
