using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>NonMaxSuppression over as many boxes as detectors have.</summary>
[Trait("Isa", "true")]
public sealed unsafe class NonMaxSuppressionTests
{
    private const int Count = 3000;

    /// <param name="kind">Where boxes are: all over a picture, around a few things, or each class beside the others, as torchvision has them.</param>
    [Theory]
    [InlineData("picture", 0.5f, 200, false), InlineData("picture", 0.3f, long.MaxValue, true), InlineData("things", 0.5f, long.MaxValue, false), InlineData("classes", 0.55f, long.MaxValue, false), InlineData("classes", 0f, 20, true)]
    public void Many_boxes_are_decided_as_ONNX_Runtime_does(string kind, float overlap, long most, bool isCenter)
    {
        HostTensor boxes = HostTensor.Of(Boxes(kind, isCenter), 1, Count, 4), scores = HostTensor.Of(Scores(2 * Count), 1, 2, Count);
        byte[] model = Model(overlap, most, isCenter);
        byte[] expected = OrtOracle.Run(model, ("boxes", boxes), ("scores", scores))[0].Bytes;
        using ManagedChain chain = ManagedChain.Of(model);
        foreach (Isa isa in VectorWidths.All)
            using (Lanes.Force(isa))
                if (!chain.Run(("boxes", boxes), ("scores", scores))[0].Bytes.AsSpan().SequenceEqual(expected)) Assert.Fail($"{kind}, {isa}: other boxes");
    }

    [Fact]
    public void Nothing_is_allocated_while_as_much_is_found()
    {
        float[] boxes = Boxes("things", false), scores = Scores(2 * Count);
        using ManagedChain chain = ManagedChain.Of(Model(0.5f, long.MaxValue, false));
        using PlanRunner runner = PlanRunner.Load(chain.Artifact, new Lr2vq.SessionOptions { Threads = 1 });
        using ModelSession session = runner.CreateSession();
        session.SetInput<float>(0, boxes, [1, Count, 4]);
        session.SetInput<float>(1, scores, [1, 2, Count]);
        for (int i = 0; i < 3; i++) session.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5; i++) session.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private delegate void Filling(ref ScoreOrder order, float* scores, int count, float? least);

    /// <summary>Against a stable sort: what is no number comes last, zeros are equal, of equal ones the first comes first.</summary>
    [Theory, InlineData(null), InlineData(0f), InlineData(0.4f), InlineData(float.NaN), InlineData(float.NegativeInfinity)]
    public void Scores_come_in_order(float? least)
    {
        float[] special = [0, -0f, 1, -1, float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -float.MaxValue, 1e-45f, -1e-45f, 0.5f];
        Random random = new(1);
        foreach (int count in new[] { 0, 1, 2, 7, 17, 100, 5000 })
            foreach (string kind in new[] { "special", "uniform", "near", "equal" })
            {
                float[] scores = [.. Enumerable.Range(0, count).Select(_ => kind switch { "special" => special[random.Next(special.Length)], "near" => 0.5f + random.Next(9) * 6e-8f, "equal" => 0.5f, _ => random.NextSingle() })];
                int[] expected = [.. Enumerable.Range(0, count).Where(i => least is null || scores[i] > least).OrderBy(i => float.IsNaN(scores[i])).ThenByDescending(i => scores[i] + 0f)];
                foreach (Isa isa in VectorWidths.All)
                {
                    Filling fill = isa switch
                    {
                        Isa.Vector512 => static (ref ScoreOrder order, float* scores, int count, float? least) => order.Fill<Lanes512, Vector512<float>>(scores, count, least),
                        Isa.Vector256 => static (ref ScoreOrder order, float* scores, int count, float? least) => order.Fill<Lanes256, Vector256<float>>(scores, count, least),
                        Isa.Vector128 => static (ref ScoreOrder order, float* scores, int count, float? least) => order.Fill<Lanes128, Vector128<float>>(scores, count, least),
                        _ => static (ref ScoreOrder order, float* scores, int count, float? least) => order.Fill<Lanes1, float>(scores, count, least),
                    };
                    using NativeArena memory = new();
                    long bytes = ScoreOrder.ByteLength(count);
                    byte* room = (byte*)memory.AllocateFloats(bytes / 4 + 16);
                    new Span<byte>(room, (int)bytes + 64).Fill(0xA5);
                    ScoreOrder order = new(room, count);
                    List<int> taken = [];
                    fixed (float* at = scores)
                        for (int turn = 0; turn < 2; turn++)
                        {
                            taken.Clear();
                            fill(ref order, at, count, least);
                            while (order.Take() is >= 0 and var index) taken.Add(index);
                        }
                    if (!taken.SequenceEqual(expected)) Assert.Fail($"{kind}, {count} scores, {isa}: {string.Join(' ', taken.Take(20))} instead of {string.Join(' ', expected.Take(20))}");
                    for (int i = 0; i < 64; i++) Assert.Equal(0xA5, room[bytes + i]);
                }
            }
    }

    private static byte[] Model(float overlap, long most, bool isCenter) => new OnnxBuilder().Input("boxes", ElementType.Float32, 1, Count, 4).Input("scores", ElementType.Float32, 1, 2, Count)
        .Initializer("most", HostTensor.Longs(most)).Initializer("overlap", HostTensor.Scalar(overlap)).Initializer("least", HostTensor.Scalar(0.05f))
        .Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["found"], ("center_point_box", isCenter ? 1 : 0)).Output("found", ElementType.Int64, null, 3).Build();

    private static float[] Boxes(string kind, bool isCenter)
    {
        Random random = new(3);
        float[] boxes = new float[4 * Count];
        for (int i = 0; i < Count; i++)
        {
            float x = random.Next(640), y = random.Next(640), width = random.Next(10, 100), height = random.Next(10, 100), offset = 0;
            if (kind == "things") (x, y, width, height) = (80 * (i % 7) + random.Next(9), 80 * (i % 8) + random.Next(9), 60 + random.Next(20), 60 + random.Next(20));
            if (kind == "classes") offset = 741 * random.Next(90);
            ReadOnlySpan<float> sides = isCenter ? [x + offset, y + offset, width, height] : [y + offset, x + offset, y + height + offset, x + width + offset];
            sides.CopyTo(boxes.AsSpan(4 * i));
        }
        return boxes;
    }

    /// <summary>Some of them equal.</summary>
    private static float[] Scores(int count)
    {
        Random random = new(4);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(2000) / 2000f)];
    }
}
