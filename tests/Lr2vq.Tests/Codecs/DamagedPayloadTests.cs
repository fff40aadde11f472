using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Compression;
using Xunit;

namespace Lr2vq.Tests.Codecs;

/// <summary>Whatever a file holds, a tensor opens or is refused; nothing is read outside its bytes and memory stays bounded.</summary>
public sealed class DamagedPayloadTests
{
    public static TheoryData<string> Kinds => [.. Packed().Select(p => p.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void DamagedPayloadsAreRefusedOrOpen(string kind)
    {
        EncodedTensor sound = Packed().First(p => p.Kind == kind).Tensor;
        var random = new Random(7);
        int refused = 0;
        for (int n = 0; n < 400; n++)
        {
            EncodedTensor damaged = Damage(sound, random, n);
            double start = ThreadTime.Seconds;
            try
            {
                using var opened = new OpenedTensor(damaged);
                if ((long)opened.Tensor.Rows * opened.Tensor.Columns < 1 << 20)
                {
                    opened.Decode();
                    opened.Panel(Lr2vq.Kernels.Isa.Vector512, 0, 0, opened.Tensor.Inputs);
                }
                Assert.InRange(opened.AllocatedBytes, 0, 64 << 20);
            }
            catch (InvalidArtifactException refusal)
            {
                Assert.StartsWith("LR2VQ5", refusal.Code);
                refused++;
            }
            Assert.InRange(ThreadTime.Seconds - start, 0, 5);
        }
        Assert.InRange(refused, 100, 400);
    }

    [Fact]
    public void AnUnknownFormatIsRefused()
    {
        EncodedTensor sound = Packed().First().Tensor;
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Format = (TensorFormat)77 }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Type = ElementType.Int64 }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Shape = [1 << 20, 1 << 20, 3, 3] }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Shape = [20] }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Shape = [0, int.MaxValue, int.MaxValue, 3] }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Groups = 0 }));
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(sound with { Role = WeightRole.ConvTranspose, Groups = 7 }));
    }

    [Fact]
    public void FactorsOfShapesThatOverflowOrAreEmptyAreRefused()
    {
        EncodedTensor sound = Packed().First(p => p.Kind.StartsWith("low rank", StringComparison.Ordinal)).Tensor, turned = sound with { Parameters = (byte[])sound.Parameters.Clone() };
        turned.Parameters[0] = (byte)Unfolding.Axes;
        foreach (EncodedTensor tensor in new[] { sound, turned })
            foreach (int[] shape in new int[][] { [1 << 30, 0, 1, 4], [1 << 20, 1 << 6, 1, 1 << 6], [4, 1 << 14, 1 << 14, 8], [0, 18, 3, 3] })
                Assert.StartsWith("LR2VQ5", Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(tensor with { Shape = shape })).Code);
    }

    private static EncodedTensor Damage(EncodedTensor sound, Random random, int n)
    {
        byte[][] ranges = [(byte[])sound.Parameters.Clone(), (byte[])sound.Codes.Clone(), (byte[])sound.Codebook.Clone(), (byte[])sound.Dense.Clone()];
        int[] filled = [.. Enumerable.Range(0, 4).Where(r => ranges[r].Length > 0)];
        // Parameters and the head of the codes decide most, so every second change goes there.
        int range = n % 2 == 0 ? 0 : filled[random.Next(filled.Length)];
        int head = Math.Min(ranges[range].Length, 48);
        int at = random.Next(2) == 0 ? random.Next(head) : random.Next(ranges[range].Length);
        int[] shape = (int[])sound.Shape.Clone();
        switch (n % 5)
        {
            case 0: ranges[range][at] ^= (byte)(1 << random.Next(8)); break;
            case 1: ranges[range] = ranges[range][..random.Next(ranges[range].Length)]; break;
            case 2: ranges[range].AsSpan(at, Math.Min(4, ranges[range].Length - at)).Fill(0xFF); break;
            case 3: ranges[range] = [.. ranges[range], .. new byte[1 + random.Next(40)]]; break;
            default: shape[random.Next(shape.Length)] = random.Next(3) switch { 0 => random.Next(100), 1 => random.Next(), _ => 1 << random.Next(20) }; break;
        }
        return sound with { Parameters = ranges[0], Codes = ranges[1], Codebook = ranges[2], Dense = ranges[3], Shape = shape };
    }

    private static IEnumerable<(string Kind, EncodedTensor Tensor)> Packed()
    {
        TensorIdentity identity = CodecCases.Conv(20, 18, 3, 3);
        float[] weights = CodecCases.Weights(20, 162, 1);
        foreach (DenseEncoding encoding in Enum.GetValues<DenseEncoding>()) yield return ("dense " + encoding, DenseTensor.Pack(identity, weights, encoding));
        foreach (bool basis in new[] { false, true })
            yield return ("transform " + basis, TransformTensor.Pack(identity, TransformTensorTests.Factors(20, 18, 9, basis, basis, 300, 2)));
        yield return ("scaled transform", TransformTensor.Pack(identity, TransformTensorTests.Factors(20, 18, 9, true, true, 300, 2, sets: 2)));
        foreach (int largest in new[] { 60, 300 })
            yield return ("trellis " + largest, TransformTensor.Pack(identity, TrellisTests.Factors(20, 18, 9, basis: true, largest, escapes: true, sets: largest == 60 ? 2 : 0)));
        foreach (SliceAxis axis in Enum.GetValues<SliceAxis>())
            yield return ("codebook " + axis, CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, axis, 9, 5, 200, 1, true, EntryEncoding.Int8)));
        yield return ("residual", CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, 4, 4, 300, 3, false, EntryEncoding.Fp16)));
        yield return ("element planes", ElementPlanes.Pack(identity, MemoryMarshal.AsBytes<float>(weights)));
        yield return ("repeated elements", ElementPlanes.Pack(identity, MemoryMarshal.AsBytes<float>([.. weights.Select((_, i) => (float)(i % 30 * (i / 500)))])));
        foreach (bool shared in new[] { false, true })
            yield return ("grid " + shared, GridTensor.TryPack(identity, [.. weights.Select((w, i) => (int)(Math.Clamp(w, -2, 2) * 60) * (shared ? 0.013f : 0.011f + i / 162 * 0.001f))])!);
        yield return ("fill", FillTensor.Pack(identity, 0.25f));
        yield return ("binary", BinaryTensor.Pack(identity, BinaryTensorTests.Factors(20, 162, 3, 72)));
        foreach (double? step in new double?[] { null, 0.1 }) yield return ("low rank " + (step is null), LowRankTests.Packed(20, 18, 3, 6, step));
        yield return ("sparse", SparseTests.Packed(20, 18, 3));
        var table = new TensorIdentity("w", WeightRole.Gemm, ElementType.Float32, [162, 20], 1);
        yield return ("turned", TurnedTensor.Pack(table with { Role = WeightRole.Gather, Shape = [20, 162] }, DenseTensor.Pack(table, weights, DenseEncoding.Int8)));
        yield return ("uniform", ScalarTensor.Pack(identity, ScalarTensorTests.Factors(20, 162, 6, 72, 0)));
        yield return ("table", ScalarTensor.Pack(identity, ScalarTensorTests.Factors(20, 162, 5, 72, 29)));
    }
}
