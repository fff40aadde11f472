using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Operators;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

public sealed class ModelSessionTests
{
    internal static float[] Expected(float[] x)
    {
        float[] bias = TinyArtifact.Weight("bias", 3);
        return [.. x.Select((value, i) => Math.Max(0f, value + bias[i / 4 % 3]))];
    }

    internal static float[] Input(int batch) => TinyArtifact.Weight("x" + batch, batch * 12);

    [Theory, InlineData(1), InlineData(2), InlineData(4)]
    public void ShapesComeAndGo(int cachedShapes)
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(), new SessionOptions { CachedShapes = cachedShapes });
        using ModelSession session = runner.CreateSession();
        foreach (int batch in new[] { 1, 5, 2, 1, 1, 0, 7, 2, 3, 4, 100, 1, 5, 2 })
        {
            float[] x = Input(batch), y = new float[batch * 12];
            if (batch == 0) session.SetInput<float>(0, x, [0, 3, 2, 2]);
            else session.SetInput<float>(0, x);
            session.Run();
            session.GetOutput<float>(0, y);
            Assert.Equal(Expected(x), y);
            Assert.Equal([batch, 12], session.OutputShape(0).ToArray());
        }
    }

    [Fact]
    public void NothingIsAllocatedInTheSteadyState()
    {
        using TinyModel model = TinyModel.Load();
        using ModelSession session = new(model);
        float[][] x = [Input(1), Input(2), Input(3)], y = [new float[12], new float[24], new float[36]];
        void Rounds(int count)
        {
            for (int i = 0; i < count; i++)
            {
                model.Predict(x[i % 3], y[i % 3]);
                session.SetInput<float>(0, x[i % 3]);
                session.Run();
                session.GetOutput<float>(0, y[i % 3]);
            }
        }
        Rounds(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Rounds(300);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        for (int i = 0; i < 3; i++) Assert.Equal(Expected(x[i]), y[i]);
    }

    [Fact]
    public void ThreadsShareAModel()
    {
        using TinyModel model = TinyModel.Load();
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            float[] x = Input(1 + i % 5), y = new float[x.Length];
            model.Predict(x, y);
            Assert.Equal(Expected(x), y);
        });
    }

    [Fact]
    public void UseByTwoThreadsIsDetected()
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes());
        using ModelSession session = runner.CreateSession();
        session.SetInput<float>(0, Input(1));
        List<Exception?> found = [];
        session.Observer = new SeenSteps((_, _, _) =>
        {
            Thread other = new(() =>
            {
                found.Add(Record.Exception(session.Run));
                found.Add(Record.Exception(session.Dispose));
                found.Add(Record.Exception(() => session.SetInput<float>(0, Input(1))));
            });
            other.Start();
            other.Join();
        });
        session.Run();
        Assert.Equal(15, found.Count);
        Assert.All(found, e => Assert.IsType<InvalidOperationException>(e));
        session.Observer = null;
        session.Run();
        Assert.Equal(Expected(Input(1)), session.Output<float>(0).ToArray());
    }

    [Fact]
    public void GeneratedCodeAndPlanRunnerAgreeBitForBit()
    {
        using TinyModel model = TinyModel.Load();
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes());
        using ModelSession session = runner.CreateSession();
        float[] x = Input(9), y = new float[x.Length];
        x[3] = float.NaN;
        model.Predict(x, y);
        session.SetInput<float>(0, x);
        session.Run();
        Assert.Equal(y.Select(BitConverter.SingleToUInt32Bits), session.Output<float>(0).ToArray().Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void ADisposedModelLetsItsSessionsFinish()
    {
        TinyModel model = TinyModel.Load();
        model.Predict(Input(1), new float[12]);
        ModelSession own = new(model), rented = model.Take();
        model.Dispose();
        model.Dispose();
        foreach (ModelSession session in new[] { own, rented })
        {
            session.SetInput<float>(0, Input(2));
            session.Run();
            Assert.Equal(Expected(Input(2)), session.Output<float>(0).ToArray());
        }
        own.Dispose();
        model.GiveBack(rented);
        Assert.Throws<ObjectDisposedException>(() => model.Predict(Input(1), new float[12]));
        Assert.Throws<ObjectDisposedException>(() => new ModelSession(model));
        Assert.Throws<ObjectDisposedException>(() => model.Info);
        foreach (ModelSession session in new[] { own, rented })
        {
            session.Dispose();
            Assert.Throws<ObjectDisposedException>(session.Run);
            Assert.Throws<ObjectDisposedException>(() => session.SetInput<float>(0, Input(1)));
            Assert.Throws<ObjectDisposedException>(() => session.GetOutput<float>(0, new float[12]));
            Assert.Throws<ObjectDisposedException>(() => session.Output<float>(0).Length);
            Assert.Throws<ObjectDisposedException>(() => session.OutputShape(0).Length);
        }
        Assert.Throws<ObjectDisposedException>(() => Allocate(model));
    }

    [Fact]
    public void InfoOutlivesTheModelOnceRead()
    {
        TinyModel model = TinyModel.Load();
        ModelInfo info = model.Info;
        model.Dispose();
        Assert.Same(info, model.Info);
        Assert.Equal(("tiny", TinyArtifact.Structure, 13), (info.Name, info.StructureHash, info.Opset));
        Assert.Equal((1234567L, (long)TinyArtifact.Bytes().Length), (info.OriginalBytes, info.CompressedBytes));
        Assert.Equal(1234567.0 / TinyArtifact.Bytes().Length, info.Ratio);
        Assert.Equal("x Float32 [N,3,2,2]", Assert.Single(info.Inputs).ToString());
        Assert.Equal(["y", "i"], info.Outputs.Select(o => o.Name));
        TensorInfo bias = info.Tensors[0];
        Assert.Equal(("bias", "Dense", "fp32", 13L, 0.25f), (bias.Name, bias.Format, bias.Parameters, bias.StoredBytes, bias.RelativeError));
        Assert.Equal("tiny: 1234567 bytes compressed to " + info.CompressedBytes, info.ToString().Split(" (")[0]);
    }

    [Fact]
    public void MistakesAreNamed()
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes());
        using ModelSession session = runner.CreateSession();
        string Wrong<E>(Action action) where E : Exception => Assert.Throws<E>(action).Message;
        Assert.Contains("'x'", Wrong<InvalidOperationException>(session.Run));
        Assert.Contains("has not run", Wrong<InvalidOperationException>(() => _ = session.Output<float>(0).Length));
        Assert.Contains("'x' [N,3,2,2] cannot have 13 elements", Wrong<ArgumentException>(() => session.SetInput<float>(0, new float[13])));
        Assert.Contains("Float32, not Int32", Wrong<ArgumentException>(() => session.SetInput<int>(0, new int[12])));
        Assert.Contains("[N,3,2,2], not [1,3,2]", Wrong<ArgumentException>(() => session.SetInput<float>(0, new float[6], [1, 3, 2])));
        Assert.Contains("not [1,3,2,4]", Wrong<ArgumentException>(() => session.SetInput<float>(0, new float[24], [1, 3, 2, 4])));
        Assert.Contains("not [-1,3,2,2]", Wrong<ArgumentException>(() => session.SetInput<float>(0, new float[12], [-1, 3, 2, 2])));
        Assert.Contains("[2,3,2,2] has 24 elements; 12 were given", Wrong<ArgumentException>(() => session.SetInput<float>(0, new float[12], [2, 3, 2, 2])));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.SetInput<float>(1, new float[12]));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.SetInput<float>(-1, new float[12]));
        session.SetInput<float>(0, Input(1));
        session.Run();
        Assert.Contains("'y' [1,12] has 12 elements; the destination has 11", Wrong<ArgumentException>(() => session.GetOutput<float>(0, new float[11])));
        Assert.Contains("'y' has elements of type Float32, not Double", Wrong<ArgumentException>(() => session.GetOutput<double>(0, new double[12])));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.OutputShape(2).Length);
        Assert.Equal(Expected(Input(1)), session.Output<float>(0).ToArray());
        // Huge shapes: refused or out of memory, and the session stays usable.
        Assert.NotNull(Record.Exception(() => session.SetInput<float>(0, [], [int.MaxValue, 3, 2, 2])));
        session.SetInput<float>(0, Input(3));
        session.Run();
        Assert.Equal(Expected(Input(3)), session.Output<float>(0).ToArray());
    }

    [Fact]
    public void AnotherModelsArtifactIsRefused()
    {
        InvalidArtifactException e = Assert.Throws<InvalidArtifactException>(() =>
            new TinyModel(ModelSource.Memory(TinyArtifact.Bytes()), structure: new string('f', 64)));
        Assert.Equal("LR2VQ5008", e.Code);
        Assert.Contains("tiny", e.Message);
        foreach (string lines in new[]
        {
            TinyArtifact.Lines.Replace("step 3 Relu", "step 3 Neg"),
            TinyArtifact.Lines.Replace("\noutput v5 \"y\" f32 [N,12]", "\nstep 6 Relu \"more\" (v5) -> (v6 f32 [N,12])\noutput v6 \"y\" f32 [N,12]"),
            TinyArtifact.Lines.Replace("step 5 Reshape \"flat\" (v4) -> (v5 f32 [N,12])\n", "").Replace("output v5 \"y\" f32 [N,12]", "output v4 \"y\" f32 [N,3,2,2]"),
        })
        {
            Assert.NotEqual(TinyArtifact.Lines, lines);
            PlanRunner.Load(TinyArtifact.Bytes(lines)).Dispose();
            e = Assert.Throws<InvalidArtifactException>(() => new TinyModel(ModelSource.Memory(TinyArtifact.Bytes(lines))));
            Assert.Contains(e.Code, new[] { "LR2VQ5007", "LR2VQ5009" });
        }
    }

    [Fact]
    public void OutputShapesAreKnownWithoutRunning()
    {
        using TinyModel model = TinyModel.Load();
        int[] shape = new int[4];
        Assert.True(model.TryGetOutputShape([7, 3, 2, 2], 0, shape, out int rank));
        Assert.Equal([7, 12], shape[..rank]);
        Assert.False(model.TryGetOutputShape([7, 4, 2, 2], 0, shape, out _));
        Assert.False(model.TryGetOutputShape([7, 3, 2], 0, shape, out _));
        Assert.False(model.TryGetOutputShape([7, 3, 2, 2], 0, new int[1], out rank));
        Assert.Equal(2, rank);
    }

    [Fact]
    public void AModelWithoutDisposeIsFreedByTheCollector()
    {
        static WeakReference Leak()
        {
            TinyModel model = TinyModel.Load();
            model.Predict(Input(1), new float[12]);
            return new WeakReference(model);
        }
        WeakReference leaked = Leak();
        for (int i = 0; i < 10 && leaked.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(leaked.IsAlive);
    }

    [Fact]
    public void TensorsAreAligned()
    {
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.At(TinyArtifact.Bytes(), 3));
        using ModelSession session = runner.CreateSession();
        session.Observer = new SeenSteps(static (_, inputs, outputs) =>
        {
            foreach (TensorView view in inputs) CheckAligned(view);
            foreach (TensorView view in outputs) CheckAligned(view);
        });
        session.SetInput<float>(0, Input(3));
        session.Run();
    }

    private static unsafe void Allocate(Lr2vqModel model) => model.Network.Memory.Allocate(1);

    private static unsafe void CheckAligned(in TensorView view) => Assert.Equal(0, (nint)view.Data % 64);

    [Fact]
    public void LoadingDoesNotDependOnTheOrderOfSymbolsInInputs()
    {
        const string lines = """
            symbol N ""
            symbol S "sequence"
            input v0 "a" f32 [N,S]
            input v1 "b" f32 [S,N]
            step 1 Relu "r" (v0) -> (v2 f32 [N,S])
            step 2 Relu "q" (v1) -> (v3 f32 [S,N])
            output v2 "c" f32 [N,S]
            output v3 "d" f32 [S,N]
            """;
        using PlanRunner runner = PlanRunner.Load(TinyArtifact.Bytes(lines));
        using ModelSession session = runner.CreateSession();
        Assert.Contains("give the shape", Assert.Throws<ArgumentException>(() => session.SetInput<float>(0, new float[6])).Message);
        session.SetInput<float>(0, new float[6], [2, 3]);
        session.SetInput<float>(1, new float[8], [4, 2]);
        Assert.Contains("'b' has 4 at dimension 0", Assert.Throws<ArgumentException>(session.Run).Message);
        session.SetInput<float>(1, new float[6], [3, 2]);
        session.Run();
        Assert.Equal([3, 2], session.OutputShape(1).ToArray());
        // Once a shape is known, as many values keep it.
        session.SetInput<float>(0, new float[6]);
        session.Run();
    }
}
