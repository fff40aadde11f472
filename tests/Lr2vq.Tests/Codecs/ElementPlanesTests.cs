using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Xunit;
using ThreadTime = Lr2vq.Testing.ThreadTime;

namespace Lr2vq.Tests.Codecs;

/// <summary>Integers, bools and regular floats come back bit for bit, small; damage is refused in bounded time and memory.</summary>
public sealed unsafe class ElementPlanesTests
{
    private static readonly ElementType[] Types =
    [
        ElementType.Bool, ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16, ElementType.Int32, ElementType.UInt32, ElementType.Int64,
        ElementType.UInt64,
    ];

    [Fact]
    public void EveryTypeComesBack()
    {
        foreach (ElementType type in Types)
            foreach (int count in new[] { 0, 1, 2, 3, 17, 1000, 70_000 })
                for (int kind = 0; kind < 5; kind++)
                {
                    byte[] values = new byte[count * ElementTypes.ByteLength(type)];
                    var random = new Random(count + kind);
                    if (kind == 0) random.NextBytes(values);
                    else if (kind == 1) Array.Fill(values, (byte)0xFF);
                    else if (kind == 2) for (int i = 0; i < values.Length; i++) values[i] = (byte)(i / 3);
                    else if (kind == 3) for (int i = 0; i < values.Length; i++) values[i] = (byte)(random.Next(40) == 0 ? 0x80 : 0);
                    Assert.Equal(values, Expand(ElementPlanes.Pack(Identity(type, count), values)));
                }
    }

    [Fact]
    public void FloatsKeepTheirBits()
    {
        float[] values = [.. Enumerable.Range(0, 3000).Select(i => (i % 7) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => -0f, 3 => float.Epsilon, _ => i % 50 * 0.1f })];
        using var opened = new OpenedTensor(ElementPlanes.Pack(new TensorIdentity("w", WeightRole.Constant, ElementType.Float32, [3000], 1), MemoryMarshal.AsBytes<float>(values)));
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), opened.Decode().Select(BitConverter.SingleToInt32Bits));
    }

    /// <summary>Positions of a scatter, of a window, of a relative bias; a causal mask: next to nothing is left.</summary>
    [Fact]
    public void RegularTablesAreSmall()
    {
        long[] scatter = [.. from c in Enumerable.Range(0, 16) from h in Enumerable.Range(0, 10) from w in Enumerable.Range(0, 33) from v in new long[] { 0, c, h + 2, w } select v];
        AssertSmall(ElementType.Int64, [1, 16, 10, 33, 4], MemoryMarshal.AsBytes<long>(scatter), 500);
        int[] window = [.. from row in Enumerable.Range(0, 200) from tap in Enumerable.Range(0, 64) select row * 32 + tap - 16];
        AssertSmall(ElementType.Int32, [200, 64], MemoryMarshal.AsBytes<int>(window), 300);
        long[] relative = [.. from a in Enumerable.Range(0, 49) from b in Enumerable.Range(0, 49) select (long)(a / 7 - b / 7 + 6) * 13 + a % 7 - b % 7 + 6];
        AssertSmall(ElementType.Int64, [49, 49], MemoryMarshal.AsBytes<long>(relative), 900);
        byte[] causal = [.. from i in Enumerable.Range(0, 512) from j in Enumerable.Range(0, 512) select (byte)(j <= i ? 1 : 0)];
        AssertSmall(ElementType.Bool, [1, 1, 512, 512], causal, 1500);
        float[] tiled = [.. Enumerable.Range(0, 64).SelectMany(_ => CodecCases.Weights(1, 100, 3))];
        AssertSmall(ElementType.Float32, [64, 100], MemoryMarshal.AsBytes<float>(tiled), 700);
    }

    /// <summary>Random indices cost what their entropy is.</summary>
    [Fact]
    public void RandomIndicesCostTheirBits()
    {
        var random = new Random(3);
        long[] indices = [.. Enumerable.Range(0, 20_000).Select(_ => (long)random.Next(256))];
        AssertSmall(ElementType.Int64, [20_000], MemoryMarshal.AsBytes<long>(indices), 21_000);
    }

    [Fact]
    public void AShortFileCannotAskForMuchMemory()
    {
        EncodedTensor zeros = ElementPlanes.Pack(Identity(ElementType.Int64, 1 << 20), new byte[8 << 20]);
        Assert.Equal(8 << 10, zeros.Codes.Length);
        Assert.Throws<InvalidArtifactException>(() => Expand(zeros with { Shape = [(1 << 20) + 128] }));
        Assert.Throws<InvalidArtifactException>(() => Expand(zeros with { Codes = zeros.Codes[..^1] }));
    }

    [Fact]
    public void DamageIsRefusedOrOpens()
    {
        long[] values = [.. Enumerable.Range(0, 4000).Select(i => (long)(i / 40 * 3 + i % 40 * (i % 3)))];
        foreach (EncodedTensor sound in new[]
        {
            ElementPlanes.Pack(new TensorIdentity("w", WeightRole.Constant, ElementType.Int64, [100, 40], 1), MemoryMarshal.AsBytes<long>(values)),
            ElementPlanes.Pack(Identity(ElementType.Bool, 5000), [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i / 90 & 1))]),
        })
        {
            var random = new Random(11);
            int refused = 0;
            for (int n = 0; n < 2000; n++)
            {
                byte[] parameters = [.. sound.Parameters], codes = [.. sound.Codes];
                byte[] target = n % 3 == 0 ? parameters : codes;
                target[n % 2 == 0 ? random.Next(Math.Min(target.Length, 40)) : random.Next(target.Length)] ^= (byte)(1 << random.Next(8));
                if (n % 7 == 0) codes = codes[..random.Next(codes.Length)];
                double start = ThreadTime.Seconds;
                try
                {
                    Expand(sound with { Parameters = parameters, Codes = codes });
                }
                catch (InvalidArtifactException refusal)
                {
                    Assert.StartsWith("LR2VQ5", refusal.Code);
                    refused++;
                }
                Assert.InRange(ThreadTime.Seconds - start, 0, 5);
            }
            Assert.InRange(refused, 500, 2000);
        }
    }

    [Fact]
    public void DamagedRepeatsNeverLeaveTheirBytes()
    {
        var random = new Random(5);
        byte[] bytes = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i % 11 * (i / 700)))], packed = Repeats.Pack(bytes), unpacked = new byte[bytes.Length];
        Assert.Null(Repeats.Unpack(packed, unpacked));
        Assert.Equal(bytes, unpacked);
        for (int n = 0; n < 5000; n++)
        {
            byte[] damaged = packed[..random.Next(n % 2 == 0 ? packed.Length : 0, packed.Length + 1)];
            for (int flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Repeats.Unpack(damaged, unpacked);
        }
    }

    private static TensorIdentity Identity(ElementType type, int count) => new("w", WeightRole.Constant, type, [count], 1);

    private static void AssertSmall(ElementType type, int[] shape, ReadOnlySpan<byte> values, int most)
    {
        EncodedTensor packed = ElementPlanes.Pack(new TensorIdentity("w", WeightRole.Constant, type, shape, 1), values);
        Assert.InRange(packed.Codes.Length, 1, most);
        Assert.Equal(values.ToArray(), Expand(packed));
    }

    private static byte[] Expand(EncodedTensor packed)
    {
        using var memory = new NativeArena();
        fixed (byte* parameters = packed.Parameters, codes = packed.Codes)
        {
            var payload = new TensorPayload
            {
                Name = packed.Name, Role = packed.Role, Type = packed.Type, Shape = packed.Shape, Groups = 1, Format = packed.Format, ParametersData = parameters,
                ParametersLength = packed.Parameters.Length, CodesData = codes, CodesLength = packed.Codes.Length, Memory = memory,
            };
            byte* values = memory.Allocate(CodecTable.ExpandedLength(payload));
            CodecTable.Expand(payload, values);
            return new ReadOnlySpan<byte>(values, (int)CodecTable.ExpandedLength(payload)).ToArray();
        }
    }
}
