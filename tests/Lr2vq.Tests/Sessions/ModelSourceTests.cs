using System;
using System.IO;
using Lr2vq.Testing;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

public sealed class ModelSourceTests
{
    [Fact]
    public void EverySourceGivesTheSameResult()
    {
        byte[] bytes = TinyArtifact.Bytes();
        string name = "lr2vq-test-" + Environment.ProcessId + ".lr2vq", path = Path.Combine(AppContext.BaseDirectory, name);
        File.WriteAllBytes(path, bytes);
        try
        {
            using MemoryStream stream = new([1, 2, 3, .. bytes]);
            stream.Position = 3;
            foreach (PlanRunner runner in new[]
            {
                PlanRunner.Load(bytes), PlanRunner.Load(path), PlanRunner.Load(stream), PlanRunner.Load(ModelSource.BesideApp(name)),
                PlanRunner.Load(new Forward(new MemoryStream(bytes))), PlanRunner.Load(TinyArtifact.At(bytes, 0)),
                PlanRunner.Load(TinyArtifact.At(bytes, 1)), PlanRunner.Load(TinyArtifact.At(bytes, 37)),
            })
            {
                using (runner)
                using (ModelSession session = runner.CreateSession())
                {
                    float[] x = ModelSessionTests.Input(2);
                    session.SetInput<float>(0, x);
                    session.Run();
                    Assert.Equal(ModelSessionTests.Expected(x), session.Output<float>(0).ToArray());
                    Assert.Equal([0L, 1, 2, 3], session.Output<long>(1).ToArray());
                }
            }
            Assert.True(stream.CanRead);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The recorded file is what version 1 wrote: it stays readable, and the writer gives the same bytes on every machine.</summary>
    [Fact]
    public unsafe void TheRecordedArtifactIsReadInPlaceFromAResource()
    {
        string path = Path.Combine(TestData.RepositoryRoot, "tests", "Lr2vq.Tests", "Artifact", "tiny.lr2vq");
        if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE_GOLDEN") == "1") File.WriteAllBytes(path, TinyArtifact.Bytes());
        Assert.Equal(File.ReadAllBytes(path), TinyArtifact.Bytes());

        ModelSource source = ModelSource.Embedded(typeof(ModelSourceTests).Assembly, "tiny.lr2vq");
        using (Artifacts.ArtifactMemory memory = source.Open())
        using (Stream stream = typeof(ModelSourceTests).Assembly.GetManifestResourceStream("tiny.lr2vq")!)
            Assert.True(memory.Data == ((UnmanagedMemoryStream)stream).PositionPointer);
        Answers(source);
    }

    [Fact]
    public void AnArtifactOfTheFirstVersionStaysReadable()
    {
        ModelSource source = ModelSource.Embedded(typeof(ModelSourceTests).Assembly, "tiny-1.lr2vq");
        Answers(source);
    }

    private static void Answers(ModelSource source)
    {
        using TinyModel model = new(source);
        float[] y = new float[12];
        model.Predict(ModelSessionTests.Input(1), y);
        Assert.Equal(ModelSessionTests.Expected(ModelSessionTests.Input(1)), y);
    }

    [Fact]
    public void AMappedFileCanBeReplacedByRenaming()
    {
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-replace-" + Environment.ProcessId + ".lr2vq");
        byte[] bytes = TinyArtifact.Bytes();
        File.WriteAllBytes(path, bytes);
        try
        {
            using PlanRunner runner = PlanRunner.Load(path);
            File.WriteAllBytes(path + ".new", new byte[bytes.Length]);
            if (!OperatingSystem.IsWindows()) File.Move(path + ".new", path, true);
            using ModelSession session = runner.CreateSession();
            session.SetInput<float>(0, ModelSessionTests.Input(1));
            session.Run();
            Assert.Equal(ModelSessionTests.Expected(ModelSessionTests.Input(1)), session.Output<float>(0).ToArray());
        }
        finally
        {
            File.Delete(path);
            File.Delete(path + ".new");
        }
    }

    /// <summary>A stream that cannot seek and gives a few bytes at a time, as networks do.</summary>
    private sealed class Forward(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 7));
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
