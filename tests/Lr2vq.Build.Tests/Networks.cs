using System;
using Lr2vq.Testing;

namespace Lr2vq.Build.Tests;

/// <summary>Small networks, compressed in a moment.</summary>
internal static class Networks
{
    /// <summary>Two convolutions, pooling, a classifier: 3x16x16 pictures to ten numbers.</summary>
    public static byte[] Small(int seed = 1, object? batch = null) => new OnnxBuilder(13)
        .Input("input.1", ElementType.Float32, batch ?? 1, 3, 16, 16)
        .Initializer("conv1.weight", RandomTensor.Floats(seed, -0.2f, 0.2f, 32, 3, 3, 3))
        .Initializer("conv1.bias", RandomTensor.Floats(seed + 1, 32))
        .Initializer("conv2.weight", RandomTensor.Floats(seed + 2, -0.1f, 0.1f, 64, 32, 3, 3))
        .Initializer("fc.weight", RandomTensor.Floats(seed + 3, -0.3f, 0.3f, 10, 64))
        .Initializer("fc.bias", RandomTensor.Floats(seed + 4, 10))
        .Node("Conv", ["input.1", "conv1.weight", "conv1.bias"], ["a"], ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Relu", ["a"], ["b"])
        .Node("Conv", ["b", "conv2.weight"], ["c"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
        .Node("Relu", ["c"], ["d"])
        .Node("GlobalAveragePool", ["d"], ["e"])
        .Node("Flatten", ["e"], ["f"])
        .Node("Gemm", ["f", "fc.weight", "fc.bias"], ["495"], ("transB", 1L))
        .Output("495", ElementType.Float32, batch ?? 1, 10)
        .Build();

    /// <summary>A program that runs a class and PlanRunner on the same picture, compares the bits and prints the largest output.</summary>
    public static string Program(string type, string artifact, string resource, bool symbolic = false) => $$"""
        using System;
        using System.IO;
        using Lr2vq;

        float[] image = new float[3 * 16 * 16], logits = new float[10], other = new float[10];
        for (int i = 0; i < image.Length; i++) image[i] = i * 37 % 101 / 50f - 1f;
        using {{type}} model = {{type}}.{{artifact}};
        model.Predict(image, logits);
        using {{type}}.Session session = model.CreateSession();
        session.Predict(image, other);
        bool same = logits.AsSpan().SequenceEqual(other);
        Array.Clear(other);
        model.PredictAsync(image, other).AsTask().Wait();
        same &= logits.AsSpan().SequenceEqual(other);
        {{resource}}
        using ModelSession plain = runner.CreateSession();
        plain.SetInput<float>(0, image);
        plain.Run();
        plain.GetOutput<float>(0, other);
        same &= logits.AsSpan().SequenceEqual(other);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) model.Predict(image, logits);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        int best = 0;
        for (int i = 0; i < logits.Length; i++) if (logits[i] > logits[best]) best = i;
        Console.WriteLine(FormattableString.Invariant($"same={same} allocated={allocated} finite={float.IsFinite(logits[0])} differ={logits[best] != logits[(best + 1) % 10]}"));
        """;

    public const string RunnerFromResource = """using var stream = typeof(Program).Assembly.GetManifestResourceStream("RESOURCE")!; using PlanRunner runner = PlanRunner.Load(stream);""";

    public const string Expected = "same=True allocated=0 finite=True differ=True";
}
