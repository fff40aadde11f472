using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Onnx;
using Lr2vq.Operators;
using Lr2vq.Planning;
using Lr2vq.Sessions;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

public sealed class EvaluationNetworkTests : IDisposable
{
    private readonly OnnxModel _model;
    private readonly PlannedNetwork _network;

    public EvaluationNetworkTests()
    {
        DiagnosticBag bag = new();
        string path = TestData.Model("cifar10-resnet20.onnx");
        _model = ModelCompressor.Open(path, new Dictionary<string, long>(), bag)!;
        _network = Planner.Plan(_model, "network", path, null, bag)!;
    }

    public void Dispose() => _model.Dispose();

    private InputSample Sample(int seed) => new([.. _network.Plan.Inputs.Select(port =>
    {
        int[] shape = [.. port.Shape.Select(d => d.IsConstant ? (int)d.Value : 1)];
        return new NpyFile(ElementType.Float32, shape, MemoryMarshal.AsBytes<float>(RandomTensor.Uniform(seed, shape.Aggregate(1, (a, b) => a * b))).ToArray());
    })]);

    [Fact]
    public void TheOriginalGivesWhatItsArtifactGives()
    {
        using ManagedChain chain = new(TestData.Model("cifar10-resnet20.onnx"));
        using PlanRunner runner = PlanRunner.Load(chain.Artifact);
        using ModelSession session = runner.CreateSession();
        InputSample sample = Sample(1);
        session.SetInputBytes(0, sample.Values[0].Bytes, sample.Values[0].Shape);
        session.Run();
        using EvaluationNetwork original = EvaluationNetwork.Original(_network, 1);
        Tolerance.OfLargest(1e-4).Check(session.Output<float>(0), MemoryMarshal.Cast<byte, float>(original.Run(sample)[0].Bytes));
    }

    [Fact]
    public void NumbersDependOnNeitherThreadsNorWiderVectors()
    {
        using EvaluationNetwork one = EvaluationNetwork.Original(_network, 1), two = EvaluationNetwork.Original(_network, 2);
        byte[] expected = one.Run(Sample(1))[0].Bytes;
        Assert.Equal(expected, two.Run(Sample(1))[0].Bytes);
        using Lanes.Forced narrow = Lanes.Force(Isa.Vector256);
        Assert.Equal(expected, one.Run(Sample(1))[0].Bytes);
    }

    [Fact]
    public void OneWeightIsExchangedFromItsStepOn()
    {
        EncodedTensor[] exact = Encode(CompressionMethod.Fp32), coarse = Encode(CompressionMethod.Uniform);
        using EvaluationNetwork original = EvaluationNetwork.Original(_network, 1);
        byte[] before = original.RunKept(Sample(1))[0].Bytes;
        (int Weight, EncodedTensor Tensor)[] others = [.. coarse.Index().Where(one => one.Item.Format != exact[one.Index].Format)];
        Assert.NotEmpty(others);
        List<int> seen = [];
        foreach ((int place, NpyFile[] outputs) in original.RunWithEach(others))
        {
            int weight = others[place].Weight;
            seen.Add(weight);
            EncodedTensor[] tensors = [.. exact];
            tensors[weight] = coarse[weight];
            using EvaluationNetwork whole = EvaluationNetwork.Of(_network.Plan, tensors, 1);
            byte[] expected = whole.Run(Sample(1))[0].Bytes, actual = outputs[0].Bytes;
            Assert.NotEqual(before, actual);
            Assert.Equal(expected, actual);
        }
        Assert.Equal(others.Select(other => other.Weight), seen.Order());
        Assert.Equal(before, original.RunKept(Sample(1))[0].Bytes);
    }

    [Fact]
    public void AnObserverSeesEveryStepAndEndsARun()
    {
        using EvaluationNetwork original = EvaluationNetwork.Original(_network, 1);
        Counter counter = new();
        original.Run(Sample(1), counter);
        Assert.Equal(Enumerable.Range(1, _network.Plan.Steps.Count), counter.Begun);
        Assert.Equal(counter.Begun, counter.Ended);
        counter.Last = 5;
        Assert.Throws<OperationCanceledException>(() => original.Run(Sample(1), counter));
        counter.Last = int.MaxValue;
        original.Run(Sample(1), counter);
    }

    private EncodedTensor[] Encode(CompressionMethod method) =>
        [.. Compressor.Compress(ModelCompressor.Sources(_network), new CompressionOptions { Method = method }, _ => 0, 1, null, new DiagnosticBag(), CancellationToken.None).Tensors];

    private sealed class Counter : StepObserver
    {
        public List<int> Begun { get; } = [];

        public List<int> Ended { get; } = [];

        public int Last { get; set; } = int.MaxValue;

        public override void Before(int step, ReadOnlySpan<TensorView> inputs)
        {
            if (step > Last) throw new OperationCanceledException();
            Begun.Add(step);
        }

        public override void After(int step, ReadOnlySpan<TensorView> outputs) => Ended.Add(step);
    }
}
