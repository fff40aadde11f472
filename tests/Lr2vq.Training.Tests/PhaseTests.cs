using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Weights;
using Xunit;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Tests;

/// <summary>Vector codes go from phase to phase as algorithms say: nothing is lost where nothing should be.</summary>
public sealed class PhaseTests
{
    private static readonly int[] s_shape = [24, 16, 3, 3];

    /// <summary>Axis, m, d̃ (0: all of m).</summary>
    public static TheoryData<int, int, int> Slicings => new() { { 0, 9, 4 }, { 0, 9, 0 }, { 0, 7, 3 }, { 1, 8, 3 }, { 2, 4, 2 } };

    /// <summary>Low rank begins as the projection onto the principal components.</summary>
    [Theory, MemberData(nameof(Slicings))]
    public void Free_subvectors_begin_as_principal_components(int axis, int m, int d)
    {
        Torch.Require();
        float[] values = Values();
        VectorWeight weight = Make(axis, m, d, values, null, out _);
        weight.Begin(VectorCodes.LowRank);
        float[] rebuilt = TensorValues.Floats(weight.Rebuild());
        double left = Torch.Difference(rebuilt, values);
        if (d == 0)
        {
            Assert.True(left <= 1e-6, Torch.Text(left));
            return;
        }
        // Rows divided by their scales, as they are clustered.
        float[] normalized = (float[])values.Clone(), scales = RowNormalization.RootMeanSquares(normalized, s_shape[0]);
        RowNormalization.Divide(normalized, scales);
        float[] ours = (float[])rebuilt.Clone();
        RowNormalization.Divide(ours, scales);
        Tensor subvectors = Subvectors(normalized, axis, m), least = subvectors.to(ScalarType.Float64);
        double beyond = linalg.eigvalsh(least.t().mm(least)).narrow(0, 0, m - d).sum().item<double>();
        double error = (Subvectors(ours, axis, m) - subvectors).to(ScalarType.Float64).pow(2).sum().item<double>();
        Assert.InRange(error / beyond, 0.99, 1.01);
    }

    /// <summary>What training made of Z and B, however far from orthonormal, is clustered in coordinates in which distances are those of weights.</summary>
    [Fact]
    public void Clustering_after_training_loses_no_rank()
    {
        Torch.Require();
        VectorWeight weight = Make(0, 9, 3, Values(), null, out _, k: 64);
        weight.Begin(VectorCodes.LowRank);
        using (no_grad())
            foreach ((string name, Parameter parameter) in weight.Parameters)
                if (name == "basis") parameter.copy_(tensor(new float[] { 3, 0.5f, 0.1f, 0, 3.1f, 0.6f, 0.1f, 0.2f, 0 }).reshape(3, 3).mm(parameter));
        float[] before = TensorValues.Floats(weight.Rebuild());
        float[] expected = Decoded(Searched(0, 9, 3, before, 64)), clustered = Decoded(weight.Export(null));
        double ours = Torch.Difference(clustered, before), best = Torch.Difference(expected, before);
        Assert.InRange(ours, 0, 1.1 * best);
        weight.Begin("tune");
        Assert.True(Torch.Difference(TensorValues.Floats(weight.Rebuild()), clustered) <= 1e-5);
        Assert.Equal(clustered, Decoded(weight.Export(null)));
    }

    /// <summary>At a temperature near 0 a turn is a turn of Lloyd's algorithm.</summary>
    [Fact]
    public void Cold_soft_codes_are_k_means()
    {
        Torch.Require();
        Tensor vectors = TensorValues.Of(Values(), s_shape[0] * s_shape[1], 9), centres = vectors.narrow(0, 5, 32).clone();
        SoftCodes codes = new((int)vectors.shape[0], 32);
        codes.Find(vectors, centres);
        Tensor soft = SoftCodes.Update([(vectors, codes)], centres, 1e-6, 1);
        long[] nearest = cdist(vectors, centres).argmin(1).data<long>().ToArray();
        float[] plain = TensorValues.Floats(vectors), expected = new float[32 * 9];
        int[] members = new int[32];
        for (int n = 0; n < nearest.Length; n++)
        {
            members[nearest[n]]++;
            for (int t = 0; t < 9; t++) expected[nearest[n] * 9 + t] += plain[n * 9 + t];
        }
        for (int i = 0; i < expected.Length; i++) expected[i] /= members[i / 9];
        Assert.True(Torch.Difference(TensorValues.Floats(soft), expected) <= 1e-5);
        Assert.Equal(nearest, SoftCodes.Nearest(vectors, centres).data<long>().ToArray());
        Assert.True((codes.Words(vectors, centres, 1e-6) - centres.index_select(0, tensor(nearest))).abs().max().item<float>() <= 1e-4);
    }

    /// <summary>Gradients of soft codes, through the turns of the centres, are those of finite differences.</summary>
    [Fact]
    public void Gradients_of_soft_codes_are_right()
    {
        Torch.Require();
        Tensor vectors = TensorValues.Of(Values(), s_shape[0] * s_shape[1], 9).narrow(0, 0, 40).to(ScalarType.Float64).clone(), centres = vectors.narrow(0, 3, 4).clone();
        Tensor wanted = rand(40, 9, ScalarType.Float64);
        SoftCodes codes = new(40, 4);
        codes.Find(vectors, centres);
        Tensor Loss(Tensor z) => (codes.Words(z, SoftCodes.Update([(z, codes)], centres, 0.5, 2), 0.5) * wanted).sum();
        Tensor free = vectors.clone().requires_grad_();
        Loss(free).backward();
        foreach ((long n, long t) in new[] { (0L, 0L), (7, 3), (39, 8), (20, 5) })
        {
            Tensor up = vectors.clone(), down = vectors.clone();
            up[n, t] += 1e-5;
            down[n, t] -= 1e-5;
            double numeric = (Loss(up).item<double>() - Loss(down).item<double>()) / 2e-5;
            Assert.Equal(numeric, free.grad![n, t].item<double>(), 1e-5);
        }
    }

    /// <summary>An entry gets what its subvectors get, in the basis; the basis what the entries of all subvectors see.</summary>
    [Theory]
    [InlineData(0, 9, 4)]
    [InlineData(1, 8, 3)]
    [InlineData(2, 4, 2)]
    public void Gradients_of_codebooks_are_those_of_the_sums(int axis, int m, int d)
    {
        Torch.Require();
        VectorWeight weight = Make(axis, m, d, Values(), null, out EncodedTensor searched);
        CodebookFactors factors = CodebookReader.Read(searched);
        float[] against = [.. Values().Reverse()];
        (weight.Rebuild() * TensorValues.Of(against, 24, 144)).sum().backward();
        for (int i = 0; i < against.Length; i++) against[i] *= factors.RowScales[i / 144];
        Tensor byWord = Subvectors(against, axis, m), entries = TensorValues.Of(factors.Entries[0], 32, d), basis = TensorValues.Of(factors.Basis, d, m);
        Tensor codes = tensor(new SliceLayout(Identity.Canonical, (SliceAxis)axis, m).FromFile(factors.Codes[0]));
        Dictionary<string, Tensor> gradients = weight.Parameters.ToDictionary(p => p.Name, p => p.Parameter.grad!);
        Assert.True(Torch.Difference(TensorValues.Floats(gradients["entries"]), TensorValues.Floats(zeros(32, d).index_add(0, codes, byWord.mm(basis.t()), 1))) <= 1e-4);
        Assert.True(Torch.Difference(TensorValues.Floats(gradients["basis"]), TensorValues.Floats(entries.index_select(0, codes).t().mm(byWord))) <= 1e-4);
    }

    /// <summary>The end of a phase of soft codes is the file: nothing jumps.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(0)]
    public void Soft_codes_end_in_the_file(int d)
    {
        Torch.Require();
        Dictionary<string, VectorCodes> groups = [];
        VectorWeight one = Make(0, 9, d, Values(), groups, out _), two = Make(0, 9, d, Values(), groups, out _);
        Assert.Single(groups);
        foreach (VectorWeight weight in new[] { one, two }) weight.Begin(VectorCodes.LowRank);
        foreach (VectorWeight weight in new[] { one, two }) weight.Begin(VectorCodes.SoftPhase);
        float gone = 0;
        using var optimizer = optim.Adam(one.Parameters.Concat(two.Parameters.Take(1)).Select(p => p.Parameter), 1e-3);
        for (int step = 0; step <= 60; step++)
        {
            foreach (VectorWeight weight in new[] { one, two }) weight.Harden(step / 60.0);
            optimizer.zero_grad();
            Tensor loss = (one.Rebuild() + two.Rebuild()).pow(2).sum();
            loss.backward();
            optimizer.step();
            gone = loss.item<float>();
        }
        Assert.True(float.IsFinite(gone));
        float[] soft = TensorValues.Floats(one.Rebuild()), hard = Decoded(one.Export(null));
        double apart = Torch.Difference(hard, soft);
        Assert.True(apart <= 0.03, Torch.Text(apart));
        foreach (VectorWeight weight in new[] { one, two }) weight.Begin("tune");
        Assert.Contains(one.Parameters, p => p.Name == "entries");
        Assert.True(Torch.Difference(TensorValues.Floats(one.Rebuild()), hard) <= 1e-3);
    }

    /// <summary>Layers take turns: those behind are the model's, those before stay.</summary>
    [Fact]
    public void Layers_take_turns()
    {
        Torch.Require();
        Dictionary<string, VectorCodes> groups = [];
        VectorWeight first = Make(0, 9, 0, Values(), groups, out _), second = Make(0, 9, 0, [.. Values().Select(v => v * v)], groups, out _);
        foreach (VectorCodes codes in groups.Values) codes.Count = groups.Count;
        foreach (VectorWeight weight in new[] { first, second })
        {
            weight.Begin(VectorCodes.Layers);
            weight.Harden(0.25);
        }
        Assert.True(Gets(first) && !Gets(second));
        Assert.True(Torch.Difference(TensorValues.Floats(second.Rebuild()), [.. Values().Select(v => v * v)]) <= 1e-6);
        foreach (VectorWeight weight in new[] { first, second }) weight.Harden(0.75);
        Assert.True(!Gets(first) && Gets(second));
        foreach (VectorWeight weight in new[] { first, second }) weight.Begin("tune");
        Assert.True(Gets(first) && Gets(second));

        static bool Gets(VectorWeight weight)
        {
            Parameter entries = weight.Parameters.First(p => p.Name == "entries").Parameter;
            entries.grad = null;
            Tensor sum = (weight.Rebuild() + weight.Parameters.First(p => p.Name == "scales").Parameter.sum()).sum();
            sum.backward();
            return entries.grad is not null;
        }
    }

    private static VectorWeight Make(int axis, int m, int d, float[] values, Dictionary<string, VectorCodes>? groups, out EncodedTensor searched, int k = 32)
    {
        searched = Searched(axis, m, d, values, k);
        return new VectorWeight(searched, () => values, null, groups ?? []);
    }

    private static EncodedTensor Searched(int axis, int m, int d, float[] values, int k)
    {
        TensorSpec spec = new(TensorTreatment.Vector, CompressionMethod.Lr2vq) { Vector = new VectorShape((SliceAxis)axis, m, k, d, 1, EntryEncoding.Int8, Scaled: true) };
        return TensorEncoder.Encode(new ArrayWeight(Identity, values), spec, 0, null, null, 0, CancellationToken.None).Tensor;
    }

    private static TensorIdentity Identity => new("w", WeightRole.Conv, ElementType.Float32, s_shape, 1);

    private static Tensor Subvectors(float[] values, int axis, int m)
    {
        SliceLayout layout = new(Identity.Canonical, (SliceAxis)axis, m);
        Tensor all = TensorValues.Of(layout.Cut(values), layout.Count, m);
        return all;
    }

    private static float[] Decoded(EncodedTensor tensor) => TensorValues.Floats(FixedWeight.Decoded(tensor));

    private static float[] Values()
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, s_shape.Aggregate(1, (n, x) => n * x)).Select(i => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * (1 + i % 9 / 3.0)))];
    }
}
