using System;
using System.Collections.Generic;
using System.Linq;

namespace FaceDetect;

/// <summary>A face: shares of the picture's width and height, and how sure the network is.</summary>
internal readonly record struct Face(float Left, float Top, float Width, float Height, float Score);

/// <summary>What the outputs of BlazeFace mean.</summary>
internal static class FaceBoxes
{
    private const int Input = 128, Numbers = 16;
    private const float LeastScore = 0.75f, LargestOverlap = 0.3f;

    /// <summary>The faces, surest first. Boxes that overlap a surer one are left out.</summary>
    public static Face[] Decode(ReadOnlySpan<float> fineScores, ReadOnlySpan<float> fineBoxes, ReadOnlySpan<float> coarseScores, ReadOnlySpan<float> coarseBoxes)
    {
        List<Face> found = [];
        // 16 × 16 places with 2 anchors each, and 8 × 8 with 6.
        Read(fineScores, fineBoxes, 16, 2, found);
        Read(coarseScores, coarseBoxes, 8, 6, found);
        List<Face> faces = [];
        foreach (Face face in found.OrderByDescending(f => f.Score))
            if (faces.All(f => Overlap(f, face) < LargestOverlap)) faces.Add(face);
        return [.. faces];
    }

    private static void Read(ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes, int side, int anchors, List<Face> found)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            float score = 1 / (1 + MathF.Exp(-scores[i]));
            if (score < LeastScore) continue;
            int place = i / anchors;
            // Centre, relative to the place, and size, in pixels of the network's input; six points of the face follow.
            ReadOnlySpan<float> box = boxes.Slice(i * Numbers, 4);
            float x = (place % side + 0.5f) / side + box[0] / Input, y = (place / side + 0.5f) / side + box[1] / Input;
            float width = box[2] / Input, height = box[3] / Input;
            found.Add(new Face(x - width / 2, y - height / 2, width, height, score));
        }
    }

    /// <summary>Common area ÷ area of both.</summary>
    private static float Overlap(Face a, Face b)
    {
        float width = Math.Min(a.Left + a.Width, b.Left + b.Width) - Math.Max(a.Left, b.Left);
        float height = Math.Min(a.Top + a.Height, b.Top + b.Height) - Math.Max(a.Top, b.Top);
        if (width <= 0 || height <= 0) return 0;
        return width * height / (a.Width * a.Height + b.Width * b.Height - width * height);
    }
}
