using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Which boxes are covered, at every width, against the definition.</summary>
[Trait("Isa", "true")]
[Trait("Arm64", "true")]
public sealed unsafe class KeptBoxesTests
{
    private const float Infinity = float.PositiveInfinity;

    private delegate bool Question(in KeptBoxes kept, in BoxSides box);

    /// <summary>What two boxes share is more than a part of what they cover together. What has no area overlaps with nothing.</summary>
    internal static bool OverlapsMore(in BoxSides a, in BoxSides b, float part)
    {
        float left = Math.Max(a.Left, b.Left), right = Math.Min(a.Right, b.Right), top = Math.Max(a.Top, b.Top), bottom = Math.Min(a.Bottom, b.Bottom);
        if (!(right > left && bottom > top)) return false;
        float shared = (right - left) * (bottom - top), together = a.Area + b.Area - shared;
        return shared > 0 && a.Area > 0 && b.Area > 0 && together > 0 && shared / together > part;
    }

    [Theory, InlineData(0.5f), InlineData(0f), InlineData(-1f), InlineData(1e-7f), InlineData(0.99999994f), InlineData(1f), InlineData(2f), InlineData(float.NaN), InlineData(1e-45f)]
    public void Every_answer_is_that_of_the_definition(float part)
    {
        foreach (int count in new[] { 1, 40, 400 })
            foreach (string kind in new[] { "plain", "small", "classes", "special", "grid", "subnormal" }) Check(kind, Boxes(kind, count, seed: count), part);
    }

    /// <summary>Thresholds that are the share of two of the boxes, to the last bit, and its neighbours.</summary>
    [Fact]
    public void Thresholds_are_exact()
    {
        foreach (string kind in new[] { "plain", "grid", "subnormal" })
        {
            BoxSides[] boxes = Boxes(kind, 60, seed: 5);
            float[] shares = [.. boxes.SelectMany(a => boxes.Select(b => Share(a, b))).Where(share => share is > 0 and < 1).Distinct().Take(60)];
            Assert.True(shares.Length > 10, kind);
            foreach (float share in shares)
                foreach (float part in new[] { MathF.BitDecrement(share), share, MathF.BitIncrement(share) }) Check(kind, boxes, part);
        }
    }

    private static float Share(in BoxSides a, in BoxSides b)
    {
        float width = Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left), height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top), shared = width * height;
        return width > 0 && height > 0 ? shared / (a.Area + b.Area - shared) : 0;
    }

    /// <summary>One box after the other: those that no earlier one covers are kept.</summary>
    private static void Check(string kind, BoxSides[] boxes, float part)
    {
        List<BoxSides> kept = [];
        List<int> expected = [];
        for (int i = 0; i < boxes.Length; i++)
        {
            BoxSides box = boxes[i];
            if (kept.Exists(other => OverlapsMore(box, other, part))) continue;
            kept.Add(box);
            expected.Add(i);
        }
        foreach (Isa isa in VectorWidths.All)
        {
            Question covers = isa switch
            {
                Isa.Vector512 => static (in KeptBoxes kept, in BoxSides box) => kept.Cover<Lanes512, Vector512<float>>(box),
                Isa.Vector256 => static (in KeptBoxes kept, in BoxSides box) => kept.Cover<Lanes256, Vector256<float>>(box),
                Isa.Vector128 => static (in KeptBoxes kept, in BoxSides box) => kept.Cover<Lanes128, Vector128<float>>(box),
                _ => static (in KeptBoxes kept, in BoxSides box) => kept.Cover<Lanes1, float>(box),
            };
            using NativeArena memory = new();
            long bytes = KeptBoxes.ByteLength(boxes.Length);
            byte* room = (byte*)memory.AllocateFloats((bytes + 3) / 4 + 64);
            new Span<byte>(room, (int)bytes + 64).Fill(0xA5);
            KeptBoxes found = new(room, boxes.Length, part);
            // The second time over what the first one left.
            for (int turn = 0; turn < 2; turn++)
            {
                found.Clear(turn == 0 ? boxes.Min(box => box.Left) : 3, turn == 0 ? boxes.Max(box => box.Left) : 4);
                List<int> actual = [];
                for (int i = 0; i < boxes.Length; i++)
                {
                    if (covers(found, boxes[i])) continue;
                    found.Add(boxes[i]);
                    actual.Add(i);
                }
                if (!actual.SequenceEqual(expected)) Assert.Fail($"{kind}, {boxes.Length} boxes, part {part:R}, {isa}: {actual.Count} instead of {expected.Count}, first other at {actual.Zip(expected).TakeWhile(p => p.First == p.Second).Count()}");
            }
            for (int i = 0; i < 64; i++) Assert.Equal(0xA5, room[bytes + i]);
        }
    }

    private static BoxSides[] Boxes(string kind, int count, int seed)
    {
        Random random = new(seed);
        float[] special = [0, -0f, 1, -1, 2, 1e20f, -1e20f, 3e38f, -3e38f, Infinity, -Infinity, float.NaN, 1e-45f, 1e-20f];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float x = random.NextSingle() * 100, y = random.NextSingle() * 100, width = random.NextSingle() * 40, height = random.NextSingle() * 40;
            float Special() => random.Next(3) == 0 ? random.NextSingle() : special[random.Next(special.Length)];
            return kind switch
            {
                "small" => new BoxSides(x, x + width / 20, y, y + height / 20),
                "classes" => At(random.Next(90) * 143f, x, y, width, height),
                "special" => new BoxSides(Special(), Special(), Special(), Special()),
                "grid" => new BoxSides(random.Next(4), 4 + random.Next(4), random.Next(4), 4 + random.Next(4)),
                // Areas whose digits are few.
                "subnormal" => new BoxSides(random.Next(4) * 1e-23f, (4 + random.Next(4)) * 1e-23f, random.Next(4) * 1e-22f, (4 + random.Next(4)) * 1e-22f),
                _ => new BoxSides(x, x + width, y, y + height),
            };
        })];
    }

    private static BoxSides At(float offset, float x, float y, float width, float height) => new(offset + x, offset + x + width, offset + y, offset + y + height);
}
