using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Tests.Artifact;

/// <summary>Small artifacts from the text of a Plan; weights are made from their names.</summary>
internal static class TinyArtifact
{
    public const string Structure = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    /// <summary>y = relu(x + b) for a symbolic batch, by way of the blocked layout; i = indices as they are in the file.</summary>
    public const string Lines = """
        symbol N "batch"
        input v0 "x" f32 [N,3,2,2]
        weight w0 "bias" f32 [1,3,1,1] constant
        weight w1 "indices" i64 [4] constant
        step 1 Add "add" (v0, w0) -> (v1 f32 [N,3,2,2])
        step 2 ToBlocked "in" (v1) -> (v2 f32 [N,3,2,2] blocked)
        step 3 Relu "relu" (v2) -> (v3 f32 [N,3,2,2] blocked)
        step 4 ToPlain "out" (v3) -> (v4 f32 [N,3,2,2])
        step 5 Reshape "flat" (v4) -> (v5 f32 [N,12])
        output v5 "y" f32 [N,12]
        output w1 "i" i64 [4]
        """;

    public static string Text(string lines, string structure = Structure) =>
        "lr2vq-plan 1\nmodel \"tiny\" structure " + structure + " opset 13\n" + lines.Replace("\r", "") + "\n";

    /// <summary>f32 weights are dense fp32 with <see cref="Weight"/> as values, others count 0, 1, 2, ….</summary>
    public static List<EncodedTensor> Tensors(string text) => [.. PlanText.Parse(text).Weights.Select(weight =>
    {
        TensorIdentity identity = new(weight.Name, weight.Role, weight.Type, [.. weight.Shape], weight.Groups);
        int length = weight.Shape.Aggregate(1, (a, b) => a * b);
        if (weight.Type == ElementType.Float32)
            return DenseTensor.Pack(identity, Weight(weight.Name, length), DenseEncoding.Fp32) with { RelativeError = 0.25f };
        byte[] bytes = new byte[length * ElementTypes.ByteLength(weight.Type)];
        for (int i = 0; i < length; i++) bytes[i * ElementTypes.ByteLength(weight.Type)] = (byte)i;
        return identity.With(TensorFormat.Dense, [], dense: bytes);
    })];

    /// <summary>Values between −1 and 1, canonical order.</summary>
    public static float[] Weight(string name, int length)
    {
        Random random = new(name.Sum(c => c));
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
    }

    public static ArtifactMeta Meta { get; } = new("0.1.0", new string('a', 64), 1234567, "Balanced",
        [new("seed", "0"), new("name", "ä\"\\")]);

    public static byte[] Bytes(string lines = Lines)
    {
        string text = Text(lines);
        return ArtifactWriter.ToArray(Meta, text, Tensors(text));
    }

    /// <summary>The bytes at an address that is <paramref name="shift"/> beyond a multiple of 64, with nothing readable promised around them.</summary>
    public static unsafe ModelSource At(byte[] bytes, int shift)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes.Length + 64 + shift), 64);
        bytes.CopyTo(new Span<byte>(block + shift, bytes.Length));
        return ModelSource.Of(() => ArtifactMemory.At("test", block + shift, bytes.Length, new Block((nint)block)));
    }

    private sealed unsafe class Block(nint address)
    {
        ~Block() => NativeMemory.AlignedFree((void*)address);
    }
}
