using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Caching;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Calibration;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>A compression ends wherever it is cancelled, and nothing of it is left. How soon is measured by the benchmarks' command <c>cancel</c>; here every piece of
/// work that a large tensor makes long looks at the token.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly CancellationToken s_cancelled = new(canceled: true);

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("Preset=Tiny")]
    [InlineData("Preset=Lr2vq")]
    [InlineData("Method=svd")]
    [InlineData("Method=qswd")]
    [InlineData("Method=pqf;Slicing=ic")]
    [InlineData("TargetRatio=4;CalibrationData=samples.npy")]
    public void NothingIsLeftWhereverItIsCancelled(string words)
    {
        string model = Path.Combine(_folder, "model.onnx"), folder = Path.Combine(_folder, "cache"), target = Path.Combine(_folder, "model.lr2vq");
        File.WriteAllBytes(model, SmallModels.Bytes("classifier"));
        HostTensor.Of(RandomTensor.Normal(5, 16 * 3 * 12 * 12), 16, 3, 12, 12).WriteNpy(Path.Combine(_folder, "samples.npy"));
        ModelOptions options = Options(words);
        string[] files = Files();
        string key = CacheKey.Of("", words);
        int reports = 0;
        ModelCompressor.Compress(model, target, options, new Told(() => reports++), new DiagnosticBag(), CancellationToken.None);
        byte[] whole = File.ReadAllBytes(target);
        File.Delete(target);
        ArtifactCache cache = new(folder);
        CacheResult? Fetch(IProgress<CompressionProgress>? progress, CancellationToken cancellation) => cache.Fetch(key, target, path =>
        {
            CompressedModel made = ModelCompressor.Compress(model, path, options, progress, new DiagnosticBag(), cancellation)!;
            return new CacheReport { Source = "model.onnx", Options = words, OriginalBytes = made.Meta.OriginalBytes, ArtifactBytes = made.FileBytes, RelativeError = made.Result.RelativeError, Seconds = 0, Warnings = [] };
        }, true, "model.onnx", new DiagnosticBag(), cancellation);
        int moments = TestData.Full ? 6 : 4;
        // The last report comes when the artifact is in place.
        foreach (int at in Enumerable.Range(0, moments).Select(i => i * (reports - 2) / (moments - 1)).Distinct())
        {
            using CancellationTokenSource source = new();
            int told = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => Fetch(new Told(() => { if (told++ >= at) source.Cancel(); }), source.Token));
            Assert.Equal([Path.Combine(folder, key + ".lock"), .. files], Files());
        }
        Assert.False(Fetch(null, CancellationToken.None)!.FromCache);
        Assert.Equal(whole, File.ReadAllBytes(target));
        Assert.Empty(cache.Verify(CancellationToken.None));
    }

    [Fact]
    public void SearchesAndCodersLookAtTheToken()
    {
        MemoryWeight weight = MemoryWeight.Conv("w", 64, 64, 3, 1);
        PanelOrder order = PanelOrder.Of(weight.Identity.Canonical);
        WeightScales scales = WeightScales.Of(weight.Canonical, weight.Identity);
        float[] normalized = (float[])weight.Canonical.Clone();
        scales.Divide(normalized);
        TransformCoding.Form form = new(9, null);
        SubvectorMatrix subvectors = new(4096, 4);
        CodecCases.Weights(4096, 4, 2).CopyTo(subvectors.Values, 0);
        float[] centroids = CodecCases.Weights(64, 4, 3);
        EncodedTensor packed = TransformCoding.Encode(weight.Identity, normalized, scales, form, 0.2).Tensor;
        TensorSpec levels = new(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Trellis = true };
        FeedbackTensor feedback = FeedbackTensor.Of(weight, null, 0.2, levels, new Workers(1, CancellationToken.None));
        RoundedTensor rounded = feedback.Round(0.2, CancellationToken.None);
        foreach ((string name, Action work) in new (string, Action)[]
        {
            ("scales", () => WeightScales.Of(weight.Canonical, weight.Identity, s_cancelled)),
            ("levels", () => TransformCoding.Encode(weight.Identity, normalized, scales, form, 0.2, s_cancelled)),
            ("trellis", () => TrellisCoding.Quantize(normalized, order, 9, 0.1f, TrellisCoding.Lambda, s_cancelled)),
            ("packed levels", () => TransformTensor.Pack(weight.Identity, TransformTensorTests.Factors(64, 64, 9, false, false, 100, 1), s_cancelled)),
            ("packed trellis", () => TransformTensor.Pack(weight.Identity, TrellisTests.Factors(64, 64, 9, false, 60, false), s_cancelled)),
            ("feedback", () => feedback.Round(0.2, s_cancelled)),
            ("packed feedback", () => feedback.Pack(rounded, s_cancelled)),
            ("k-means", () => KMeans.Train(subvectors, 64, KMeans.Schedule.Default, new SeededRandom(1), s_cancelled)),
            ("assignment", () => Assignment.Run(subvectors, 0, subvectors.Blocks, centroids, 64, new int[4096], new float[4096], s_cancelled)),
            ("scalar k-means", () => ScalarKMeans.Fit((float[])weight.Canonical.Clone(), 16, s_cancelled)),
            ("table", () => GroupScalar.KMeans(weight, 16, 72, new SeededRandom(1), s_cancelled)),
            ("uniform", () => GroupScalar.Uniform(weight, 4, 72, s_cancelled)),
            ("comparison", () => Verification.Compare(weight, packed, s_cancelled)),
        }) Assert.True(IsCancelled(work), name);
    }

    [Fact]
    public void ReadingRunningAndWritingLookAtTheToken()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        EncodedTensor[] tensors = [.. Compressor.Compress(network.Weights, new CompressionOptions(), _ => 0, 1, null, new DiagnosticBag(), CancellationToken.None).Tensors];
        Plans.Plan plan = network.Network.Plan;
        string path = Path.Combine(_folder, "a.lr2vq");
        foreach ((string name, Action work) in new (string, Action)[]
        {
            ("planning", () => network.PlanAgain(s_cancelled)),
            ("reading", () => ModelCompressor.Sources(network.Network, s_cancelled)[0].Read()),
            ("original", () => EvaluationNetwork.Original(network.Network, 1, s_cancelled)),
            ("coded", () => EvaluationNetwork.Of(plan, tensors, 1, s_cancelled)),
            ("writing", () => ArtifactWriter.Write(path, ArtifactMeta.Empty with { RelativeError = 0 }, PlanText.Write(plan), tensors, cancellation: s_cancelled)),
        }) Assert.True(IsCancelled(work), name);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private static bool IsCancelled(Action work)
    {
        try
        {
            work();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private string[] Files() => [.. Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private ModelOptions Options(string words)
    {
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse(words.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=')).Select(word => new KeyValuePair<string, string>(word[0], word[1])), null, bag, folder: _folder);
        bag.ThrowIfErrors();
        return options;
    }

    private sealed class Told(Action action) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => action();
    }
}
