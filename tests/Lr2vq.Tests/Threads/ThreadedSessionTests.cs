using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Kernels;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Threads;

[Collection(Alone.Name)]
public sealed class ThreadedSessionTests
{
    private static float[] Run(ModelSession session, HostTensor x)
    {
        session.SetInput<float>(0, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(x.Bytes), x.Shape);
        session.Run();
        return session.Output<float>(0).ToArray();
    }

    [Theory]
    [InlineData("cifar10-resnet20.onnx", 1, 3, 32, 32), InlineData("cifar10-resnet20.onnx", 5, 3, 32, 32)]
    [InlineData("mobilenet_v1_0.25_224.onnx", 1, 3, 224, 224), InlineData("ch_PP-OCRv4_rec_infer.onnx", 1, 3, 48, 100)]
    [InlineData("ch_PP-OCRv4_det_infer.onnx", 1, 3, 96, 64)]
    public void EveryNumberOfThreadsGivesTheSameBits(string file, params int[] shape)
    {
        using Alone.Limited limit = Alone.Limit(8);
        using ManagedChain chain = new(TestData.Model(file));
        HostTensor x = StrokePicture.Of(shape);
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using PlanRunner model = PlanRunner.Load(chain.Artifact, new SessionOptions { Threads = threads });
            using ModelSession session = model.CreateSession();
            for (int round = 0; round < 2; round++)
            {
                float[] result = Run(session, x);
                first ??= result;
                Assert.True(first.AsSpan().SequenceEqual(result), $"{file}, {threads} threads, round {round}");
            }
        }
    }

    [Fact]
    public void SessionsAtOnceAndNothingAllocated()
    {
        using ManagedChain chain = new(TestData.Model("cifar10-resnet20.onnx"));
        using PlanRunner model = PlanRunner.Load(chain.Artifact, new SessionOptions { Threads = 2 });
        HostTensor x = StrokePicture.Of([1, 3, 32, 32]);
        float[] expected = new float[10];
        using (ModelSession session = model.CreateSession()) expected = Run(session, x);
        foreach (int limit in new[] { 2, 8 })
        {
            using Alone.Limited limited = Alone.Limit(limit);
            Parallel.For(0, 3, new ParallelOptions { MaxDegreeOfParallelism = 3 }, _ =>
            {
                using ModelSession session = model.CreateSession();
                for (int i = 0; i < 4; i++) Assert.Equal(expected, Run(session, x));
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 5; i++) session.Run();
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            });
            Assert.Equal(0, ThreadBudget.Used);
        }
    }

    [Fact]
    public void IdleSessionsAreDisposed()
    {
        using ManagedChain chain = new(TestData.Model("cifar10-resnet20.onnx"));
        using Alone.Limited limit = Alone.Limit(8);
        HostTensor x = StrokePicture.Of([1, 3, 32, 32]);
        for (int round = 0; round < 10; round++)
        {
            using PlanRunner model = PlanRunner.Load(chain.Artifact, new SessionOptions { Threads = 3 });
            ModelSession session = model.CreateSession(), unused = model.CreateSession();
            Run(session, x);
            // Helpers still spin, or block already.
            if (round % 2 == 0) Thread.Sleep(2);
            session.Dispose();
            unused.Dispose();
            Assert.Throws<ObjectDisposedException>(session.Run);
        }
    }

    [Fact]
    public void AFailingStepLeavesNoThreadCounted()
    {
        using PlanRunner model = PlanRunner.Load(TinyArtifact.Bytes(), new SessionOptions { Threads = 2 });
        using ModelSession session = model.CreateSession();
        session.SetInput<float>(0, new float[12]);
        session.Observer = new SeenSteps(static (_, _, _) => throw new InvalidOperationException("observer"));
        Assert.Equal("observer", Assert.Throws<InvalidOperationException>(session.Run).Message);
        Assert.Equal(0, ThreadBudget.Used);
    }

    [Fact]
    public void TheNumberOfThreadsIsChecked()
    {
        Assert.Equal(PhysicalCores.Count, new SessionOptions().Threads);
        Assert.InRange(PhysicalCores.Count, 1, Environment.ProcessorCount);
        foreach (int wrong in new[] { 0, -1, 257 }) Assert.Throws<ArgumentOutOfRangeException>(() => new SessionOptions { Threads = wrong });
    }
}
