using System;
using System.IO;
using System.Linq;
using Lr2vq.Tests.Artifact;
using Xunit;

namespace Lr2vq.Tests.Sessions;

public sealed class PlanRunnerTests
{
    private static float[] Expected(float[] x)
    {
        float[] bias = TinyArtifact.Weight("bias", 3);
        return [.. x.Select((value, i) => Math.Max(0f, value + bias[i / 4 % 3]))];
    }

    private static float[] Input(int batch) => TinyArtifact.Weight("x" + batch, batch * 12);

    [Fact]
    public void ComputesFromEverySource()
    {
        byte[] bytes = TinyArtifact.Bytes();
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-test-" + Environment.ProcessId + ".lr2vq");
        File.WriteAllBytes(path, bytes);
        try
        {
            foreach (PlanRunner runner in new[]
            {
                PlanRunner.Load(bytes), PlanRunner.Load(path), PlanRunner.Load(new MemoryStream(bytes)),
                PlanRunner.Load(TinyArtifact.At(bytes, 0)), PlanRunner.Load(TinyArtifact.At(bytes, 1)), PlanRunner.Load(TinyArtifact.At(bytes, 37)),
            })
            {
                using (runner)
                using (ModelSession session = runner.CreateSession())
                {
                    float[] x = Input(2), y = new float[24];
                    session.SetInput<float>(0, x);
                    session.Run();
                    session.GetOutput<float>(0, y);
                    Assert.Equal(Expected(x), y);
                    Assert.Equal([0L, 1, 2, 3], session.Output<long>(1).ToArray());
                    Assert.Equal([2, 12], session.OutputShape(0).ToArray());
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
